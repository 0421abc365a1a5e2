"""The Python differences between Odoo 17.0 and 19.0, all of them here."""

from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import release

SERIES = release.version_info[0]
IS_17 = SERIES == 17

#: route type of JSON-RPC endpoints ("json" still works on 19, with a DeprecationWarning)
JSON_ROUTE = "json" if IS_17 else "jsonrpc"

if IS_17:
    from odoo import _
else:
    from odoo.tools.translate import LazyTranslate

    _LAZY = LazyTranslate("odoo.addons.mfg_sync", default_lang="en_US")

    def _(source, *args, **kwargs):
        """Translation where no environment is at hand (engine/): 19 warns, with the stack, that it has no language."""
        return str(_LAZY(source, *args, **kwargs))


if IS_17:
    from odoo.osv.expression import AND, OR
else:
    from odoo.fields import Domain

    AND, OR = Domain.AND, Domain.OR


def uom_field(model):
    """Name of the unit of measure field of an order line, stock move or BoM line model."""
    return "product_uom" if "product_uom" in model._fields else "product_uom_id"


def tax_field(model):
    """Name of the taxes of an order line or journal item model."""
    return next(name for name in ("tax_ids", "tax_id", "taxes_id") if name in model._fields)


def user_groups_field():
    """res.users, menus, actions, views: their groups."""
    return "groups_id" if IS_17 else "group_ids"


def group_users_field():
    """res.groups: its users."""
    return "users" if IS_17 else "user_ids"


def all_groups_field():
    """res.users: their groups with all that these imply, to search for."""
    return "groups_id" if IS_17 else "all_group_ids"


def producing_lots(production):
    """The finished lots of a manufacturing order, as one recordset on both series."""
    return production.lot_producing_id if IS_17 else production.lot_producing_ids


def set_producing_lots(production, lots):
    if IS_17:
        production.lot_producing_id = lots[:1]
    else:
        production.lot_producing_ids = lots


def is_valued_by_lot(product):
    """Whether each lot of an item has its own cost (19; where Odoo's valuation is installed)."""
    return "lot_valuated" in product._fields and product.lot_valuated


def backorders(production):
    """The other orders that a manufacturing order was split into."""
    group = production.procurement_group_id if IS_17 else production.production_group_id
    return (group.mrp_production_ids if IS_17 else group.production_ids) - production


def family(production):
    """A manufacturing order with all orders that it was split into, oldest first."""
    orders = (production | backorders(production)).filtered(lambda order: order.product_id == production.product_id)
    return orders.sorted(lambda order: (order.backorder_sequence, order.id))


def storable(vals):
    """Values that make a product storable."""
    return {**vals, **({"detailed_type": "product"} if IS_17 else {"type": "consu", "is_storable": True})}


def is_storable(product):
    return product.type == "product" if IS_17 else product.is_storable


def storable_domain():
    """Condition on products: :func:`is_storable`."""
    return [("type", "=", "product") if IS_17 else ("is_storable", "=", True)]


#: name of the decimal precision of quantities
UOM_DIGITS = "Product Unit of Measure" if IS_17 else "Product Unit"

PACKAGE = "stock.quant.package" if IS_17 else "stock.package"


def move_vals(env, name, **vals):
    """Values of a stock.move; 17 requires a name, 19 has none."""
    if "name" in env["stock.move"]._fields:
        return {**vals, "name": name}
    return {**vals, "origin": vals.get("origin") or name}


def procurement_model(env):
    """The model with run(), Procurement and run_scheduler()."""
    return env["procurement.group" if IS_17 else "stock.rule"]


def final_location(move):
    """Where the chain of a move ends, as far as the move itself knows; 17 knows it by the following moves only."""
    return move.location_dest_id if IS_17 else move.location_final_id


def same_dimension(uom, other):
    """Whether quantities convert between two units; 19 converts kilograms to pieces without a word."""
    return uom.category_id == other.category_id if IS_17 else uom._has_common_reference(other)


def move_value(move):
    """Value of a done stock move in company currency, positive for what comes in."""
    if IS_17:
        return sum(move.stock_valuation_layer_ids.mapped("value"))
    return move.value if move.is_in else -move.value


def check_access(records, operation):
    if IS_17:
        records.check_access_rights(operation)
        records.check_access_rule(operation)
    else:
        records.check_access(operation)


def may(model, operation):
    """Whether the user of a model may do this with records of it at all, whatever the rules say of each.

    :param str operation: read, write, create or unlink
    """
    return model.check_access_rights(operation, raise_exception=False) if IS_17 else model.has_access(operation)


@contextmanager
def test_mode(case):
    """In a TransactionCase: cursors opened meanwhile from the registry share the test's transaction."""
    from odoo.tests import HttpCase

    if isinstance(case, HttpCase):
        # it is in it already
        yield
        return
    if not IS_17:
        with case.enter_registry_test_mode():
            yield
        return
    case.env.flush_all()
    case.registry.enter_test_mode(case.env.cr)
    try:
        yield
    finally:
        case.registry.leave_test_mode()


def is_flushed(env):
    """Whether nothing in the transaction waits to be computed, to be written, or to be done before a commit."""
    if IS_17:
        waiting = env.cache.get_dirty_fields() or env.all.tocompute
    else:
        waiting = env.transaction.field_dirty or env.transaction.tocompute
    precommit = env.cr.precommit
    return not (waiting or precommit._funcs or precommit.data)


def read_committed(cr):
    """Give a cursor, between two transactions, the isolation of the gate; a test's shares one and keeps its own.

    On the connection, which says so with the first query: SET TRANSACTION would be one more way to the database for
    each request. The next cursor that takes the connection from the pool sets its own again.
    """
    if commits(cr):
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)


@contextmanager
def each_by_itself(cr):
    """Between two transactions of a cursor of the gate: each statement is one, and what it locks is let go with it."""
    cr.connection.autocommit = True
    try:
        yield
    finally:
        cr.connection.autocommit = False


def check_signaling(registry, cr):
    """The registry, knowing what other processes have signaled; 19 would ask a read replica, which may lag behind."""
    return registry.check_signaling() if IS_17 else registry.check_signaling(cr)


def commits(cr):
    """Whether what is left for after the commit of a cursor will be done: Odoo forgets it on cursors made for tests.

    That of a test itself is one like any other, but is never committed: tests/common.py says so.
    """
    return type(cr).__name__ == "Cursor"


def is_read_committed(cr):
    """Whether a cursor was given the isolation of the gate."""
    return commits(cr) and cr.connection.isolation_level == ISOLATION_LEVEL_READ_COMMITTED


#: attribute of a field that says how groups of rows show it
AGGREGATOR = "group_operator" if IS_17 else "aggregator"

#: the type of list views, in Python
LIST = "tree" if IS_17 else "list"
