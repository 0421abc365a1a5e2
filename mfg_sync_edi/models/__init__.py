from . import x12_leniency, x12_control, endpoint, resolver
from . import x12_revision, sale_order, purchase_order, stock_picking, account_move
