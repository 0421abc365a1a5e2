from . import transfer
from . import stock_available
