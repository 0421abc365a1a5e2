from . import stock_move, stock_move_line, stock_scrap, mrp_workcenter_productivity
from . import mrp_production, mrp_workorder
from . import mrp_bom, mrp_routing_workcenter, shown
from . import resolver
