from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .message import STATES


class Key(models.Model):
    """What is remembered of a message that was removed: enough to know it again, and to say what became of it.

    Written when its row goes, in the same statement (engine/retention.py), and kept for years (mfg.sync.endpoint,
    ``key_years``). The engine reads it by hashes (engine/remembered.py), people by their id or the document.

    The table is ours (``_auto``): the hashes are of type uuid, 16 bytes where hex text needs 68, since a plant may have
    a hundred million of them. No foreign key points from here: a check for each would cost more than the row, and
    nothing here may keep a kind of message or a document from being deleted.
    """

    _name = "mfg.sync.key"
    _description = "Removed Message"
    _order = "done_at desc, id desc"
    _rec_name = "event_id"
    _auto = False
    _log_access = False

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    type_name = fields.Char(string="Kind of message", readonly=True)
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], readonly=True)
    uuid = fields.Char(readonly=True)
    event_id = fields.Char(string="Their message id", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    no_effect = fields.Boolean(string="No change needed", readonly=True)
    result_text = fields.Char(string="What became of it", readonly=True)
    document_name = fields.Char(string="About", readonly=True)
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)
    documents = fields.Json(string="All documents", readonly=True, help="Pairs of model and id.")
    kept_from = fields.Datetime(readonly=True, help="When it happened or arrived, the later: its age counts from then.")
    done_at = fields.Datetime(string="Finished", readonly=True)
    removed_at = fields.Datetime(string="Removed", readonly=True)

    def init(self):
        execute = self.env.cr.execute
        execute("""CREATE TABLE IF NOT EXISTS mfg_sync_key (
                       id bigserial PRIMARY KEY, endpoint_id int NOT NULL, company_id int NOT NULL,
                       type_name varchar, direction varchar NOT NULL, uuid uuid NOT NULL, identity uuid NOT NULL,
                       event_id varchar NOT NULL, content_hash uuid, data_hash uuid, fact uuid, state varchar NOT NULL,
                       no_effect boolean, result_text varchar, document_name varchar, res_model varchar, res_id int,
                       documents jsonb, kept_from timestamp NOT NULL, done_at timestamp,
                       removed_at timestamp NOT NULL)""")
        # source and id, hashed: 16 bytes an entry however long they are
        execute("""CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_key_identity ON mfg_sync_key
                   (endpoint_id, direction, identity)""")
        # only what had an effect tells a fact
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_key_fact ON mfg_sync_key (endpoint_id, fact)
                   WHERE fact IS NOT NULL""")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_key_uuid ON mfg_sync_key (uuid)")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_key_document ON mfg_sync_key (res_model, res_id)
                   WHERE res_id IS NOT NULL""")
        # rows come in the order of their age and go in it: BRIN finds the oldest at no cost for those that come
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_key_age ON mfg_sync_key USING brin (kept_from)
                   WITH (pages_per_range = 32, autosummarize = on)""")
        # never updated: full pages. The planner must hear early that it is empty no more
        execute("ALTER TABLE mfg_sync_key SET (fillfactor = 100, autovacuum_analyze_scale_factor = 0.02)")

    @api.depends("event_id")
    def _compute_display_name(self):
        for key in self:
            key.display_name = key.event_id

    def action_open_document(self):
        self.ensure_one()
        known = self.res_id and self.res_model in self.env
        if not known or not self.env[self.res_model].browse(self.res_id).exists():
            raise UserError(_("The document %s is not in Odoo any more.", self.document_name or ""))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
