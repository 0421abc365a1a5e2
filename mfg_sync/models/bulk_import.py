import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..engine import bulk, ledger
from ..engine.working import is_neutralized
from ..protocol.errors import Problem

MIB = 1024 * 1024
LIMIT = "mfg_sync.import_limit"
PRESET_LIMIT = 25


class BulkImport(models.Model):
    """Who imported which file of events when, and what became of it; written by the import itself and never changed."""

    _name = "mfg.sync.import"
    _description = "Import of Messages"
    _order = "id desc"
    _rec_name = "file_name"

    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", required=True, readonly=True, ondelete="cascade", index=True
    )
    system_id = fields.Many2one("mfg.sync.system", string="As sent by", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Imported by", required=True, readonly=True)
    begun = fields.Datetime(readonly=True, required=True)
    ended = fields.Datetime(readonly=True)
    file_name = fields.Char(string="File", readonly=True, required=True)
    file_size = fields.Integer(string="Size (bytes)", readonly=True)
    sha256 = fields.Char(string="SHA-256 of the file", readonly=True)
    state = fields.Selection(
        [("begun", "Not finished"), ("done", "Done")], required=True, readonly=True, default="begun"
    )
    accepted = fields.Integer(readonly=True)
    duplicate = fields.Integer(string="Here before", readonly=True)
    refused = fields.Integer(readonly=True)
    list_id = fields.Many2one("ir.attachment", string="List", readonly=True, ondelete="set null")

    @api.model
    def _run(self, endpoint, system, file_name, content):
        """Take the events of a file, a batch a transaction; returns the id of the import.

        :param bytes content: a CloudEvents batch, or one event a line
        """
        self._require(endpoint, system, content)
        try:
            events = bulk.read(content)
        except Problem as problem:
            raise UserError(_("%(file)s: %(why)s", file=file_name, why=problem.detail)) from None
        values = {
            "endpoint_id": endpoint.id,
            "system_id": system.id,
            "company_id": endpoint.company_id.id,
            "user_id": self.env.uid,
            "begun": fields.Datetime.now(),
            "file_name": file_name,
            "file_size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        registry = self.env.registry
        # sudo: the list of imports and the ledger are the engine's; that this person may import was just checked
        engine = self.sudo().env
        import_id = ledger.settled(registry, lambda cr: engine(cr=cr)[self._name].create(values).id)
        known = {"id": endpoint.id, "code": endpoint.code, "company_id": endpoint.company_id.id}
        told = []
        for batch in bulk.batches(events):

            def take(cr, batch=batch):
                results = bulk.take(cr, known, system.source, batch, import_id)
                engine(cr=cr)[self._name].browse(import_id)._count(results)
                return results

            told += ledger.settled(registry, take)
        ledger.settled(registry, lambda cr: engine(cr=cr)[self._name].browse(import_id)._finish(told))
        return import_id

    def _require(self, endpoint, system, content):
        if not self.env.user.has_group("mfg_sync.group_operator"):
            raise AccessError(_("Only an Operator of Manufacturing Sync may import messages."))
        compat.check_access(endpoint, "read")
        endpoint._require_may_import()
        if system.endpoint_id != endpoint or not system.active:
            raise UserError(
                _("%(system)s is no system of %(connection)s.", system=system.name, connection=endpoint.name)
            )
        # sudo: a flag of the database that everybody may know
        if not endpoint.active or not endpoint.stamp_ok or is_neutralized(self.sudo().env):
            raise UserError(
                _("%s accepts nothing here: it is switched off, or this database is a copy.", endpoint.display_name)
            )
        limit = self._limit()
        if len(content) > limit * MIB:
            raise UserError(_("The file is larger than %s MiB: cut it into several, or change the limit.", limit))

    @api.model
    def _limit(self):
        """Largest file in MiB."""
        # sudo: a limit that everybody meets
        said = str(self.env["ir.config_parameter"].sudo().get_param(LIMIT) or PRESET_LIMIT).strip()
        # a file of more than a few GiB comes through no browser anyway
        if not (said.isdecimal() and 1 <= len(said) <= 4):
            raise UserError(
                _("The system parameter %(name)s is “%(value)s”: enter whole MiB, such as 25.", name=LIMIT, value=said)
            )
        return int(said)

    def _count(self, results):
        for state in ("accepted", "duplicate", "refused"):
            self[state] += sum(result["status"] == state for result in results)

    def _finish(self, told):
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.file_name}.csv",
                "raw": bulk.listed(told),
                "mimetype": "text/csv",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.write({"state": "done", "ended": fields.Datetime.now(), "list_id": attachment.id})

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.list_id.id}?download=true",
            "target": "self",
        }


class EndpointImport(models.Model):
    _inherit = "mfg.sync.endpoint"

    def action_import(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Import messages"),
            "res_model": "mfg.sync.import.file",
            "view_mode": "form",
            "target": "new",
            "context": {"default_endpoint_id": self.id, "default_system_id": self.system_ids[:1].id},
        }
