import base64

from odoo import api, models


class DoNothing(models.AbstractModel):
    """The no-op handler of an exchange record."""

    _name = "mfg.bench.exchange.process"
    _inherit = "edi.oca.handler.process"
    _description = "Peer: Exchange Record's Handler"

    def process(self, exchange_record):
        return f"The test message arrived: {exchange_record.id}"


class BenchExchange(models.AbstractModel):
    """What comes in as exchange records, from their content to their result, by the framework's own steps."""

    _name = "mfg.bench.exchange"
    _description = "Peer: Exchange Records"

    @api.model
    def make_backend(self):
        kind = self.env["edi.backend.type"].create({"name": "Bench", "code": "mfg_bench"})
        backend = self.env["edi.backend"].create({"name": "Bench", "backend_type_id": kind.id})
        self.env["edi.exchange.type"].create(
            {
                "name": "Bench",
                "code": "mfg_bench",
                "direction": "input",
                "backend_id": backend.id,
                "backend_type_id": kind.id,
                "exchange_filename_pattern": "{record.id}",
                "exchange_file_ext": "json",
                "process_model_id": self.env["ir.model"]._get_id("mfg.bench.exchange.process"),
            }
        )
        return backend.id

    @api.model
    def put_records(self, backend_id, texts):
        backend = self.env["edi.backend"].browse(backend_id)
        for text in texts:
            values = {"edi_exchange_state": "input_received", "exchange_file": base64.b64encode(text.encode())}
            backend.create_record("mfg_bench", values)
        return len(texts)

    @api.model
    def process(self, backend_id):
        """What the framework's cron does: one record after the other, in one transaction."""
        self.env["edi.backend"].browse(backend_id)._cron_check_input_exchange_sync()
        return True
