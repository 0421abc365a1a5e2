from . import stop
from . import account_move, mrp_production, mrp_workorder, sale_order, stock_move, stock_picking, stock_scrap
