"""Warehouse management: takes items, expected receipts and requested shipments; confirms them and states its stock."""

from simulators.base import Simulator, now, run


class Wms(Simulator):
    """Warehouse management system."""

    kind = "wms"
    letters = {"item": "SKU", "transfer": "JOB-", "message": "wms-", "receipt": "GR-", "shipment": "SH-"}

    def __init__(self, *args):
        super().__init__(*args)
        self.items, self.transfers, self.stock = {}, {}, {}

    # -- from Odoo

    def take_master_item(self, data):
        code = data["item"]["code"]
        self.items[code] = self.own_id("item", code)
        return [{"entity": "item", "id": self.items[code]}]

    def take_wms_receipt_expected(self, data):
        return self._transfer(data)

    def take_wms_shipment_requested(self, data):
        return self._transfer(data)

    def _transfer(self, data):
        code = data["transfer"]["code"]
        self.transfers[code] = data
        return [{"entity": "transfer", "id": self.own_id("transfer", code)}]

    def take_stock_available(self, data):
        self.stock[data["item"]["code"]] = data

    # -- to Odoo; each notes a fact and returns its message id, do_send sends it

    def do_received(self, transfer, lines, number=1):
        """:param list lines: ``{"item", "quantity", "lot"}`` as counted"""
        return self.fact(
            "wms.receipt.confirmed",
            {
                "transfer": self.own_id("transfer", transfer),
                "receipt": self.own_id("receipt", f"{transfer}|{number}"),
                "lines": [{**line, "item": self.items[line["item"]]} for line in lines],
            },
        )

    def do_shipped(self, transfer, lines, carrier, tracking, number=1):
        return self.fact(
            "wms.shipment.confirmed",
            {
                "transfer": self.own_id("transfer", transfer),
                "shipment": self.own_id("shipment", f"{transfer}|{number}"),
                "carrier": carrier,
                "tracking": tracking,
                "lines": [{**line, "item": self.items[line["item"]]} for line in lines],
            },
        )

    def do_stated(self, site, miscount):
        """State all that is on the shelves, as this system was told of it, but for one place that was counted wrongly.

        :param dict miscount: ``{"item", "lot", "difference"}``
        """
        lines = []
        for item, data in sorted(self.stock.items()):
            for place in data["sites"]:
                if place["site"] == site:
                    lines += self._lines(item, place)
        for line in lines:
            if (line["item"], line.get("lot")) == (self.items[miscount["item"]], miscount["lot"]):
                line["quantity"] += miscount["difference"]
        return self.fact("stock.statement", {"site": site, "as_of": now(), "lines": lines})

    def _lines(self, item, place):
        own = self.items[item]
        if place.get("lots"):
            return [{"item": own, "lot": lot["lot"], "quantity": lot["quantity"]} for lot in place["lots"]]
        return [{"item": own, "quantity": place["on_hand"]}] if place["on_hand"] else []


if __name__ == "__main__":
    run(Wms)
