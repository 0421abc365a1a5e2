"""A supplier: takes purchase orders as X12 850, announces its shipments as X12 856."""

from simulators import x12
from simulators.base import Simulator, run

MEDIA = "application/EDI-X12"


class Supplier(Simulator):
    """Supplier of bought parts."""

    kind = "supplier"
    letters = {"message": "sup-", "shipment": "ASN", "order": "SO-"}

    def __init__(self, *args):
        super().__init__(*args)
        self.orders = {}

    def take_edi_850(self, data):
        isa = data[:106].split(data[3])
        for _kind, segments in x12.read(data):
            beg = x12.first(segments, "BEG")
            self.orders[x12.element(beg, 3)] = {
                "us": isa[8].strip(),
                "them": isa[6].strip(),
                "lines": [
                    {
                        "line": x12.element(line, 1),
                        "quantity": float(x12.element(line, 2)),
                        "unit": x12.element(line, 3),
                        "price": float(x12.element(line, 4) or 0),
                        "ids": x12.pairs(line, 6),
                    }
                    for line in segments
                    if line[0] == "PO1"
                ],
            }
        return []

    def do_orders(self):
        """What was ordered here, by the buyer's order number."""
        return self.orders

    def do_announce(self, order, lots, number):
        """Note a ship notice for everything on an order.

        :param dict lots: ``{the buyer's item code: [[lot, quantity], …]}``
        """
        kept = self.orders[order]
        shipment = self.own_id("shipment", order)
        segments = [
            ["BSN", "00", shipment, _today(), "0800", "0004"],
            ["HL", "1", "", "S"],
            ["TD5", "", "2", "UPSN", "M"],
            ["REF", "CN", self.own_id("order", order)],
            ["DTM", "017", _today()],
            ["HL", "2", "1", "O"],
            ["PRF", order],
        ]
        level = 2
        for line in kept["lines"]:
            code = line["ids"].get("BP") or line["ids"].get("IN")
            for lot, quantity in lots[code]:
                level += 1
                segments += [
                    ["HL", str(level), "2", "I"],
                    ["LIN", line["line"], *(part for pair in line["ids"].items() for part in pair), "LT", lot],
                    ["SN1", "", f"{quantity:g}", line["unit"]],
                ]
        segments.append(["CTT", str(level)])
        data = x12.write("856", segments, kept["us"], kept["them"], number)
        return self.fact("edi.x12", data, media=MEDIA)


def _today():
    from datetime import date

    return date.today().strftime("%Y%m%d")


if __name__ == "__main__":
    run(Supplier)
