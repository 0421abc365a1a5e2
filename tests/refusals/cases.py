"""Each button of Odoo that our handlers and builders press: a message that presses it, the same by hand, its effect."""

from functools import partial

from refusals.shop import CHECKED

CASES = {}
#: the rest of the ways is played where work orders are finished: what is told is the same for all buttons
WAYS, MORE_WAYS = ("refuse", "ask", "nothing"), ("redirect", "notify")


class Case:
    """What a test plays; one is made for each time it is played.

    :cvar ways: in which an addon can refuse this button
    :cvar no_effect: whether a replay finds that all was done by hand already
    :cvar decision: what a person says to the message that was replayed
    """

    ways, no_effect, decision = WAYS, True, None

    def __init__(self, shop):
        self.shop, self.call, self.one = shop, shop.call, shop.one
        self.by_hand = partial(shop.call, context=CHECKED)
        self.prepare()

    def prepare(self):
        """Make the document."""

    def tell(self):
        """Send the message; its row."""

    def do_by_hand(self):
        """What a person does instead, once the addon's question is answered."""

    def effect(self):
        """What of the message's effect is in Odoo, as a number, and the number that is right."""

    def replay(self, row):
        return self.shop.replay(self.plant, row)


def presses(button):
    def register(case):
        case.button, CASES[button] = button, case
        return case

    return register


class OfOrder(Case):
    kind, product, data = None, "welded", {}

    @property
    def plant(self):
        return self.shop.mes

    def prepare(self):
        self.order, self.name = self.shop.order(getattr(self.shop, self.product))

    def tell(self):
        return self.shop.tell(self.plant, self.kind, {"order": self.name, **self.data})


@presses("mrp.workorder.button_start")
class Start(OfOrder):
    kind, data = "mes.operation.started", {"operation": "10"}

    def do_by_hand(self):
        self.by_hand("mrp.workorder", "button_start", self.shop.workorder(self.order))

    def effect(self):
        return self.one(
            """SELECT count(*) FROM mrp_workcenter_productivity p JOIN mrp_workorder w ON w.id = p.workorder_id
               WHERE w.production_id = %s AND w.state = 'progress'""", self.order), 1  # fmt: skip


@presses("mrp.workorder.button_finish")
class Finish(OfOrder):
    kind, data = "mes.operation.completed", {"operation": "10", "good": 2}
    ways = WAYS + MORE_WAYS

    def do_by_hand(self):
        self.by_hand("mrp.workorder", "button_finish", self.shop.workorder(self.order))

    def effect(self):
        done = "SELECT qty_produced FROM mrp_workorder WHERE production_id = %s AND state = 'done'"
        return self.one(done, self.order), 2


@presses("mrp.production.button_mark_done")
class Close(OfOrder):
    kind, product, data = "mes.production.reported", "plain", {"quantity": 2}

    def do_by_hand(self):
        self.by_hand("mrp.production", "button_mark_done", [self.order])

    def effect(self):
        made = "SELECT sum(quantity) FROM stock_move WHERE production_id = %s AND state = 'done'"
        return self.one(made, self.order), 2


@presses("stock.scrap.action_validate")
class Scrap(OfOrder):
    kind, data = "mes.scrap.reported", {"item": "WHEEL", "quantity": 1}

    def do_by_hand(self):
        scrap = self.call("stock.scrap", "create", {
            "product_id": self.shop.wheel, "scrap_qty": 1, "production_id": self.order,
            "location_id": self.shop.stock})  # fmt: skip
        self.by_hand("stock.scrap", "action_validate", [scrap])

    def effect(self):
        scrapped = "SELECT sum(scrap_qty) FROM stock_scrap WHERE production_id = %s AND state = 'done'"
        return self.one(scrapped, self.order), 1


@presses("stock.move._action_confirm")
class ExtraComponent(OfOrder):
    kind, data, no_effect = "mes.material.issued", {"item": "BELL", "quantity": 1}, False
    #: no button: nobody reads what it returns
    ways = ("refuse", "nothing")

    def do_by_hand(self):
        values = {"product_id": self.shop.bell, "product_uom_qty": 1}
        self.by_hand("mrp.production", "write", [self.order], {"move_raw_ids": [(0, 0, values)]})

    def effect(self):
        used = """SELECT count(*) * sum(l.quantity) FROM stock_move m JOIN stock_move_line l ON l.move_id = m.id
                  WHERE m.raw_material_production_id = %s AND m.product_id = %s"""
        return self.one(used, self.order, self.shop.bell), 1


class OfReceipt(Case):
    confirm = True

    @property
    def plant(self):
        return self.shop.wms

    def prepare(self):
        self.picking, self.name = self.shop.receipt(3, self.confirm)

    def tell(self):
        lines = [{"item": "FRAME", "quantity": 3}]
        return self.shop.tell(
            self.plant,
            "wms.receipt.confirmed",
            {"transfer": self.name, "receipt": self.shop.number("R"), "lines": lines},
        )

    def effect(self):
        came = "SELECT sum(quantity) FROM stock_move WHERE picking_id = %s AND state = 'done'"
        return self.one(came, self.picking), 3


@presses("stock.picking.action_confirm")
class Confirm(OfReceipt):
    confirm, no_effect = False, False

    def do_by_hand(self):
        self.by_hand("stock.picking", "action_confirm", [self.picking])


@presses("stock.picking.button_validate")
class Validate(OfReceipt):
    def do_by_hand(self):
        self.by_hand("stock.picking", "button_validate", [self.picking])


@presses("sale.order.action_confirm")
class CustomerOrder(Case):
    #: the order that a person made bears the same number: is it the same?
    decision = "action_same"

    @property
    def plant(self):
        return self.shop.edi

    def prepare(self):
        self.name = self.shop.number("PO")

    def tell(self):
        line = {"line": "1", "quantity": "1", "unit": "EA", "items": {"vendor": "BELL"}}
        return self.shop.tell(self.plant, "edi.850", {
            "purpose": "original", "kind": "SA", "number": self.name, "date": "2026-03-02",
            "lines": [line]})  # fmt: skip

    def do_by_hand(self):
        self.shop.sale(self.name)

    def effect(self):
        orders = "SELECT count(*) FROM sale_order WHERE client_order_ref = %s AND state IN ('sale', 'done')"
        return self.one(orders, self.name), 1


class OfShipment(Case):
    """A shipment is invoiced by the connection: nothing comes in, and the refused message is one that was to go out."""

    @property
    def plant(self):
        return self.shop.edi

    def tell(self):
        self.order = self.shop.sale(self.shop.number("PO"))
        self.picking = self.shop.ship(self.order)
        self.row = {"type_name": "edi.810.v1", "res_model": "stock.picking", "res_id": self.picking}
        return self.shop.settled(self.plant, **self.row)

    def do_by_hand(self):
        wizard = self.call(
            "sale.advance.payment.inv", "create", {"advance_payment_method": "delivered"},
            context={"active_model": "sale.order", "active_ids": [self.order]})  # fmt: skip
        self.by_hand("sale.advance.payment.inv", "create_invoices", [wizard])
        self.by_hand("account.move", "action_post", self.invoices())

    def invoices(self):
        return self.call("sale.order", "read", [self.order], ["invoice_ids"])[0]["invoice_ids"]

    def effect(self):
        posted = "SELECT count(*) FROM account_move WHERE id = ANY(%s) AND state = 'posted'"
        return self.one(posted, self.invoices()), 1


@presses("sale.order._create_invoices")
class MakeInvoice(OfShipment):
    ways = ("refuse", "nothing")


@presses("account.move.action_post")
class PostInvoice(OfShipment):
    pass
