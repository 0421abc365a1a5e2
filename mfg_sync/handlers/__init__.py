from . import handler
from . import acknowledged, stock_statement, test_message
