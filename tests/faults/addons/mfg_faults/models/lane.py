import os

from odoo import api, fields, models


class FaultsLane(models.Model):
    """A document that messages and people change: its messages are one lane each way.

    Beside it plain tables, which no code of ours reads: what a message has done (mfg_faults_effect), what was to be
    told (mfg_faults_told), and which messages are to fail for now (mfg_faults_trouble), written from outside.
    """

    _name = "mfg.faults.lane"
    _description = "Document of the Fault Tests"

    name = fields.Char(required=True, index=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", required=True)
    applied = fields.Integer()
    told = fields.Integer()
    note = fields.Char()

    def init(self):
        self.env.cr.execute(
            """CREATE TABLE IF NOT EXISTS mfg_faults_effect (
                   id bigserial PRIMARY KEY, lane text NOT NULL, number int NOT NULL, token text NOT NULL,
                   begun timestamptz NOT NULL, CONSTRAINT mfg_faults_effect_refused CHECK (number >= 0));
               CREATE TABLE IF NOT EXISTS mfg_faults_told (lane text NOT NULL, number int NOT NULL);
               CREATE TABLE IF NOT EXISTS mfg_faults_trouble (
                   lane text NOT NULL, number int NOT NULL, kind text NOT NULL,
                   kept boolean NOT NULL, PRIMARY KEY (lane, number))"""
        )

    def _register_hook(self):
        """Name the sessions of a worker by its own process id, so that it is seen from outside who is in a transaction.

        Odoo names them so too, but a worker that is forked from a loaded server goes on with the name of its parent.
        """
        super()._register_hook()
        settings = self.env.registry._db._Connection__dsn

        def name_by_process():
            settings["application_name"] = f"odoo-{os.getpid()}"

        os.register_at_fork(after_in_child=name_by_process)

    @api.model
    def tell(self, ids):
        """One more message about each of these, in one transaction with the row that says so. Returns True."""
        for lane in self.browse(ids):
            number = lane.told + 1
            lane.told = number
            self.env.cr.execute("INSERT INTO mfg_faults_told (lane, number) VALUES (%s, %s)", [lane.name, number])
            self.env["mfg.sync.capture"].event("fault.told", lane, revision=str(number))
        return True
