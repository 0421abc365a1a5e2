from datetime import timedelta

from odoo import _, api, fields, models

from ..engine import files, runs
from ..protocol import cloudevents

#: runs and their files are kept for so many days
KEPT_DAYS = 90


class Schedule(models.Model):
    """When the next run of a synchronization is; see engine/runs.py why it is no field of the synchronization."""

    _name = "mfg.sync.schedule"
    _description = "Schedule of a Synchronization"
    _log_access = False
    _rec_name = "flow_id"

    flow_id = fields.Many2one("mfg.sync.flow", required=True, readonly=True, ondelete="cascade")
    next_run = fields.Datetime(readonly=True)
    last_run = fields.Datetime(readonly=True)

    _sql_constraints = [("flow_uniq", "UNIQUE(flow_id)", "A synchronization has one schedule.")]


class Run(models.Model):
    """One run of a scheduled synchronization: when, by whom, how much was told, and its file."""

    _name = "mfg.sync.run"
    _description = "Run of a Synchronization"
    _order = "id desc"
    _rec_name = "flow_id"

    flow_id = fields.Many2one(
        "mfg.sync.flow", string="Synchronization", required=True, readonly=True, ondelete="cascade"
    )
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    begun = fields.Datetime(readonly=True, required=True)
    ended = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="Begun by", readonly=True, help="Empty: by the schedule.")
    scope = fields.Selection(
        [("changed", "What had changed"), ("full", "Everything")], string="Told", required=True, readonly=True
    )
    state = fields.Selection([("begun", "Under way"), ("done", "Done")], required=True, readonly=True, default="begun")
    note = fields.Char(string="What became of it", readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True)
    first_message = fields.Integer(readonly=True, help="Messages of this run have ids above it.")
    file_name = fields.Char(string="File", readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")

    def init(self):
        self.env.cr.execute(
            """CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_run_begun ON mfg_sync_run (flow_id)
               WHERE state = 'begun'"""
        )

    @api.model
    def _begin(self, flow, user=None):
        """Let go what waits for a run; for a full one have everything told.

        :param user: who wants it now; None: the schedule
        """
        begun = runs.now(self.env.cr)
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM mfg_sync_message")
        run = self.create(
            {
                "flow_id": flow.id,
                "endpoint_id": flow.endpoint_id.id,
                "company_id": flow.company_id.id,
                "begun": begun,
                "user_id": user and user.id,
                "scope": flow.run_scope,
                "first_message": self.env.cr.fetchone()[0],
            }
        )
        self.flush_model()
        if flow.run_scope == "full":
            runs.mark_all(self.env.cr, *self._everything(flow))
        runs.let_go(self.env.cr, flow.id)
        runs.wake_delivery(self.env.cr, flow.endpoint_id.id)
        return run

    def _everything(self, flow):
        """The synchronization as the engine knows it, and all that it may be about, seen by its service user."""
        known = self.env["mfg.sync.flow"]._outbound()[flow.id]
        builder = self.env["mfg.sync.capture"]._service_env(known)[known["builder"]]
        return known, builder._everything(flow.type_id.document_model, known)

    def _end(self, count, path=None, size=0):
        """:param path: of the file, or None where there is none; :param size: of it in bytes"""
        for run in self:
            run.write(
                {
                    "state": "done",
                    "ended": runs.now(self.env.cr),
                    "message_count": count,
                    "note": _("Only tried: its synchronization is in shadow, and nothing was sent.")
                    if not count and run.flow_id.mode == "shadow"
                    else _("Nothing to tell.")
                    if not count
                    else _("%(count)s messages in a file of %(size)s bytes.", count=count, size=size)
                    if path
                    else _("%s messages on their way.", count),
                    "file_name": path and path.name,
                    "attachment_id": path and run._attach(path).id,
                }
            )
            self.env.cr.execute(
                "UPDATE mfg_sync_schedule SET last_run = %s WHERE flow_id = %s", [run.begun, run.flow_id.id]
            )

    def _failed(self, text):
        self.note = text

    def _give_up(self, note):
        """Its synchronization does not go on with it. :param note: why, for people"""
        self.write({"state": "done", "ended": runs.now(self.env.cr), "note": note})

    def _attach(self, path):
        return self.env["ir.attachment"].create(
            {
                "name": path.name,
                "raw": path.read_bytes(),
                "mimetype": cloudevents.BATCH,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _file_name(self):
        self.ensure_one()
        kind = self.flow_id.type_id
        return f"{self.endpoint_id.code}_{kind.name}.v{kind.version}_{self.begun:%Y%m%dT%H%M%SZ}_{self.id}.json"

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "self",
        }

    @api.autovacuum
    def _gc(self):
        """Old runs go with their files; what was told stays in the ledger."""
        old = self.search([("begun", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))], limit=1000)
        for run in old.filtered("file_name"):
            (files.folder(self.env.cr, run.endpoint_id.code) / run.file_name).unlink(missing_ok=True)
        old.attachment_id.unlink()
        old.unlink()
