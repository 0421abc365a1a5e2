from . import resolver, transfer_capture, shown
from . import stock_picking, stock_move, stock_quant, lot_status
from . import sale_order, purchase_order
