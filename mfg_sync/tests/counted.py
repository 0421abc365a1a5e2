"""A MES that counts its messages of each order."""

from .past import PastCase


class CountedCase(PastCase):
    """``self.arrive_as(number)``: what comes in is counted per order, with an hour's minute for each number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.is_counted = True

    def arrive_as(self, number, lane="MO/1", minute=None, closing=False, event_id=None, **more):
        """A report with this number; it happened in that minute (the number's, if not said)."""
        minute = int(number) if minute is None else minute
        message = self.accept(
            self.endpoint,
            "sync.test",
            {"text": f"{lane} {number}", "lane": lane, **more},
            event_id=event_id,
            time=f"2026-11-23T08:{minute:02}:00Z",
            sequence=str(number),
        )
        if closing:
            self.env.cr.execute("UPDATE mfg_sync_message SET closing = true WHERE id = %s", [message.id])
            message.invalidate_recordset()
        return message

    def numbers(self):
        return [text.rpartition(" ")[2] for text in self.applied]
