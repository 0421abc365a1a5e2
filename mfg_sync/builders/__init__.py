from . import builder
from . import item, test_message
