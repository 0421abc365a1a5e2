from odoo import _, api, fields, models

from .. import compat
from ..engine import figures, ledger

#: how a group of rows shows what can't be summed: by the worst of them
WORST = {compat.AGGREGATOR: "max"}


class Figure(models.Model):
    """How much crossed the border in a minute, an hour or a day, how late, and what became of it (engine/figures.py).

    The table is ours (``_auto``), without foreign keys: drains append to it in the transactions of their messages, and
    a check of a connection that somebody is changing would make them begin again.
    """

    _name = "mfg.sync.figure"
    _description = "Figures"
    _order = "start desc, id desc"
    _rec_name = "start"
    _auto = False
    _log_access = False

    period = fields.Selection([("minute", "Minute"), ("hour", "Hour"), ("day", "Day")], readonly=True)
    start = fields.Datetime(string="When", readonly=True, help="Beginning of the minute, hour or day (UTC).")
    flow_id = fields.Many2one("mfg.sync.flow", string="Synchronization", readonly=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], string="Way", readonly=True)
    received = fields.Integer(string="Messages", readonly=True, help="Arrived, or to be told, in this time.")
    done = fields.Integer(readonly=True)
    no_effect = fields.Integer(string="No change needed", readonly=True)
    held = fields.Integer(string="Set aside", readonly=True, help="Times that a message had to wait for something.")
    dead = fields.Integer(string="Failed", readonly=True)
    attempts = fields.Integer(string="Tries", readonly=True)
    size = fields.Float(string="Size (KB)", readonly=True, digits=(16, 1))
    late_count = fields.Integer(readonly=True)
    late_sum = fields.Float(string="Late in all (s)", readonly=True, help="From happening to arriving, summed up.")
    late_max = fields.Float(
        string="Latest arrival (s)", readonly=True, help="The longest from happening to arriving.", **WORST
    )
    late_most = fields.Float(
        string="95 of 100 arrived within (s)", readonly=True, help="From happening to arriving.", **WORST
    )
    took_sum = fields.Float(
        string="Work and waiting in all (s)", readonly=True, help="From arriving to done, summed up."
    )
    took_max = fields.Float(string="Slowest (s)", readonly=True, help="The longest from arriving to done.", **WORST)
    took_half = fields.Float(string="Half done within (s)", readonly=True, help="From arriving to done.", **WORST)
    took_most = fields.Float(string="95 of 100 done within (s)", readonly=True, help="From arriving to done.", **WORST)

    def init(self):
        execute = self.env.cr.execute
        execute("""CREATE TABLE IF NOT EXISTS mfg_sync_figure (
                       id bigserial PRIMARY KEY, period varchar NOT NULL, start timestamp NOT NULL,
                       compacted boolean NOT NULL, flow_id int NOT NULL, endpoint_id int NOT NULL,
                       company_id int NOT NULL, direction varchar NOT NULL, received int NOT NULL, done int NOT NULL,
                       no_effect int NOT NULL,
                       held int NOT NULL, dead int NOT NULL, attempts int NOT NULL, size float8 NOT NULL,
                       late_count int NOT NULL, late_sum float8 NOT NULL, late_max float8 NOT NULL,
                       took_sum float8 NOT NULL, took_max float8 NOT NULL, late_histogram int[] NOT NULL,
                       took_histogram int[] NOT NULL, late_most float8, took_half float8, took_most float8)""")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_figure_flow ON mfg_sync_figure (flow_id, start)")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_figure_start ON mfg_sync_figure (start)")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_figure_fresh ON mfg_sync_figure (start) WHERE NOT compacted")
        # rows live for minutes: vacuumed by their number, not by a share of a table that grows with the years
        execute("""ALTER TABLE mfg_sync_figure SET (autovacuum_vacuum_scale_factor = 0,
                                                    autovacuum_vacuum_threshold = 2000,
                                                    autovacuum_analyze_scale_factor = 0.05)""")

    @api.depends("start", "flow_id")
    def _compute_display_name(self):
        for figure in self:
            figure.display_name = _("%(what)s, %(when)s", what=figure.flow_id.display_name, when=figure.start)

    @api.model
    def _cron_compact(self):
        """Sum up what drains have appended, in steps of their own transactions."""
        while ledger.settled(self.env.registry, figures.compact):
            pass


class FlowFigures(models.Model):
    _inherit = "mfg.sync.flow"

    def unlink(self):
        ids = self.ids
        result = super().unlink()
        # no foreign key does it
        self.env.cr.execute("DELETE FROM mfg_sync_figure WHERE flow_id = ANY(%s)", [ids])
        return result
