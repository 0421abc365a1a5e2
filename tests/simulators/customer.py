"""A customer: orders by X12 850; takes acknowledgement (855), ship notice (856) and invoice (810)."""

from datetime import date, timedelta

from simulators import x12
from simulators.base import Simulator, run

#: days
WANTED_IN = 10
MEDIA = "application/EDI-X12"


class Customer(Simulator):
    """Customer who buys bicycles."""

    kind = "customer"
    letters = {"message": "cus-", "order": "PO"}

    def __init__(self, *args):
        super().__init__(*args)
        self.documents = []

    def take_edi_855(self, data):
        return self._keep(data)

    def take_edi_856(self, data):
        return self._keep(data)

    def take_edi_810(self, data):
        return self._keep(data)

    def _keep(self, data):
        self.documents += [{"kind": kind, "segments": segments} for kind, segments in x12.read(data)]
        return []

    def do_documents(self):
        """What came so far, read by this system's own reader."""
        return self.documents

    def do_order(self, item, quantity, price, us, them, ship_to, number):
        """Note a purchase order; its number is of this system's invention.

        :param list ship_to: name, their code of it, street, city, state, zip, country
        :param str us, them: the partners' codes in the envelope
        """
        wanted = (date.today() + timedelta(days=WANTED_IN)).strftime("%Y%m%d")
        name, code, street, city, state, postcode, country = ship_to
        order = self.own_id("order", number)
        data = x12.write(
            "850",
            [
                ["BEG", "00", "SA", order, "", date.today().strftime("%Y%m%d")],
                ["CUR", "BY", "USD"],
                ["DTM", "002", wanted],
                ["N1", "BY", name, "92", code],
                ["N1", "ST", name, "92", code],
                ["N3", street],
                ["N4", city, state, postcode, country],
                ["PO1", "1", f"{quantity:g}", "EA", f"{price:.2f}", "PE", "VN", item],
                ["PID", "F", "", "", "", "Electric bicycle"],
                ["CTT", "1"],
            ],
            us,
            them,
            number,
        )
        return {"order": order, "id": self.fact("edi.x12", data, media=MEDIA)}


if __name__ == "__main__":
    run(Customer)
