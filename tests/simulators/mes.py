"""Manufacturing execution: takes items, bills of material and orders; reports what happens on the floor."""

from datetime import datetime, timedelta, timezone

from simulators.base import Simulator, run


class Mes(Simulator):
    """Manufacturing execution system."""

    kind = "mes"
    letters = {
        "item": "MAT-",
        "production": "ORD-",
        "operation": "STEP-",
        "message": "mes-",
        "report": "R",
        "transaction": "T",
    }

    def __init__(self, *args):
        super().__init__(*args)
        self.items, self.routings, self.orders = {}, {}, {}

    # -- from Odoo

    def take_master_item(self, data):
        code = data["item"]["code"]
        self.items[code] = self.own_id("item", code)
        return [{"entity": "item", "id": self.items[code]}]

    def take_master_bom(self, data):
        bom = data["bom"]["code"]
        self.routings[bom] = data["operations"]
        return [
            {"entity": "operation", "id": self._step(bom, operation), "ours": operation["operation"]["code"]}
            for operation in data["operations"]
        ]

    def take_mes_order_released(self, data):
        code = data["order"]["code"]
        self.orders[code] = data
        return [{"entity": "production", "id": self.own_id("production", code)}]

    def _step(self, bom, operation):
        return self.own_id("operation", f"{bom}|{operation['operation']['code']}")

    # -- to Odoo; each notes a fact and returns its message id, do_send sends it

    def do_started(self, order, step, report=0, at=None):
        return self.fact("mes.operation.started", self._report(order, step, report), at)

    def do_completed(self, order, step, good, minutes, report=0, at=None):
        data = {**self._report(order, step, report), "good": good, "minutes": minutes}
        return self.fact("mes.operation.completed", data, at)

    def do_issued(self, order, step, item, lot, quantity, unit=None, report=0, at=None):
        operation = self._operation(order, step)
        number = self.own_id("transaction", f"{order}|{item}|{lot}|{report}")
        return self.fact(
            "mes.material.issued",
            {
                "order": self.own_id("production", order),
                "operation": operation,
                "item": self.items[item],
                "lot": lot,
                "quantity": quantity,
                "transaction": number,
                **({"unit": unit} if unit else {}),
            },
            at,
        )

    def do_scrapped(self, order, item, lot, quantity, reason, at=None):
        return self.fact(
            "mes.scrap.reported",
            {
                "order": self.own_id("production", order),
                "item": self.items[item],
                "lot": lot,
                "quantity": quantity,
                "reason": reason,
                "transaction": self.own_id("transaction", f"scrap|{order}|{lot}"),
            },
            at,
        )

    def do_down(self, work_center, minutes, reason):
        """:param float minutes: so long it stood still, until now"""
        ended = datetime.now(timezone.utc)
        started = ended - timedelta(minutes=minutes)
        return self.fact(
            "mes.downtime.reported",
            {"work_center": work_center, "started": _text(started), "ended": _text(ended), "reason": reason},
            _text(ended),
        )

    def do_produced(self, order, quantity, lot=None, serials=None, report=0, at=None):
        return self.fact(
            "mes.production.reported",
            {
                "order": self.own_id("production", order),
                "quantity": quantity,
                "report": self.own_id("report", f"{order}|out|{report}"),
                **({"lot": lot} if lot else {}),
                **({"serials": serials} if serials else {}),
            },
            at,
        )

    def do_inspected(self, lot, item, plan, sample, result, reason=None, order=None):
        return self.fact(
            "quality.inspection.completed",
            {
                "lot": lot,
                "item": self.items[item],
                "plan": plan,
                "sample": sample,
                "result": result,
                **({"reason": reason} if reason else {}),
                **({"order": self.own_id("production", order)} if order else {}),
            },
        )

    def _report(self, order, step, report):
        return {
            "order": self.own_id("production", order),
            "operation": self._operation(order, step),
            "report": self.own_id("report", f"{order}|{step}|{report}"),
        }

    def _operation(self, order, step):
        data = self.orders[order]
        return self._step(data["bom"]["code"], data["operations"][step])


def _text(moment):
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


if __name__ == "__main__":
    run(Mes)
