from odoo import api, fields, models


class BenchEvent(models.Model):
    """What an integrator keeps of an event: a plain table, by the ORM or by SQL."""

    _name = "mfg.bench.event"
    _description = "Event of a Peer"

    event_id = fields.Char(required=True)
    kind = fields.Char()
    source = fields.Char()
    occurred = fields.Datetime()
    payload = fields.Text()

    @api.model
    def put_jobs(self, texts):
        """queue_job as most people use it: a job for each message. Returns how many."""
        for text in texts:
            self.with_delay(channel="root").do_nothing(text)
        return len(texts)

    @api.model
    def do_nothing(self, text):
        """The no-op handler of such a job."""
        return f"The test message arrived: {text}"
