from . import document
from . import interchange, order, ship_notice
