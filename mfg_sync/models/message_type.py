import json
from functools import lru_cache

import jsonschema_rs

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_module_path
from odoo.tools.misc import file_open

from ..engine import schema_block

BLOCK = schema_block.BLOCK
#: what people may change; the rest comes with its addon
CHANGEABLE = {"title", "state", "patience_hours", "payload_days", "row_days"}
#: stages of its life in which messages of a kind are made and taken
LIVE = ("active", "deprecated")
PATTERNS = [("event", "Event: a fact that happened"), ("state", "State: the latest wins"), ("statement", "Statement")]


class MessageType(models.Model):
    """Kind of message: a JSON Schema file with a block ``x-mfg-sync`` that says how the engine treats it.

    Keys of the block (docs/adding-a-message-type.md): ``type``, ``version``, ``direction`` (in, out), ``pattern``
    (event, state, statement), ``handler`` or ``builder`` (model name), ``document`` (model name, for people),
    ``lane`` ``{entity, pointer}``, ``scope`` [pointers or words], ``closing``, ``business_key`` and ``look_alike``
    [pointers], ``totals``, ``groups`` [xmlids], ``patience_hours``, ``payload_days``, ``row_days``, ``legal_days``,
    ``summary`` (text with {pointers}).
    """

    _name = "mfg.sync.message.type"
    _description = "Kind of Message"
    _order = "name, version"

    name = fields.Char(required=True, readonly=True, help="The CloudEvents type without its version.")
    version = fields.Integer(required=True, readonly=True, default=1)
    title = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, readonly=True)
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], required=True, readonly=True)
    pattern = fields.Selection(PATTERNS, required=True, default="event", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("deprecated", "Deprecated"), ("retired", "Retired")],
        string="Lifecycle",
        required=True,
        default="active",
    )
    handler = fields.Char(readonly=True)
    builder = fields.Char(readonly=True)
    document_model = fields.Char(readonly=True)
    module = fields.Char(readonly=True)
    schema_path = fields.Char(readonly=True)
    schema = fields.Text(readonly=True)
    patience_hours = fields.Float(
        string="Patience (h)", default=72.0, help="So long a message waits by itself; then a person is asked."
    )

    _sql_constraints = [
        ("name_uniq", "UNIQUE(name, version, direction)", "This version of the kind of message exists already."),
    ]

    @api.depends("title", "version")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = kind.title if kind.version == 1 else f"{kind.title} (v{kind.version})"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        fixed = set(vals) - CHANGEABLE
        # its schema, its handler and what the law asks are the addon's; who installs or updates one is the superuser
        if fixed and not self.env.su:
            raise AccessError(
                _("%s of a kind of message comes with its addon and is not changed.", ", ".join(sorted(fixed)))
            )
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=True)
    def _unlink_except_used(self):
        """When Odoo uninstalls an addon it keeps what can't be deleted: messages outlive it, and know their kind."""
        # sudo: existence only, over all companies
        used = self.env["mfg.sync.message"].sudo().search([("type_id", "in", self.ids)], limit=1).type_id
        if used:
            raise UserError(_("“%s” has messages, which are kept as a record.", used.display_name))

    def _is_served(self):
        """Whether the code of its addon is there; without it nothing of the kind crosses the border."""
        self.ensure_one()
        return (self.handler or self.builder) in self.env

    def _is_live(self):
        """Whether new messages of it are made and taken; those that are in the ledger go their way to the end."""
        return self.state in LIVE and self._is_served()

    def _block(self):
        self.ensure_one()
        return _block(self.schema)

    def _needed_groups(self):
        return self._block().get("groups", [])

    @api.model
    def _load_schemas(self, module):
        """Make the kinds of a module's ``schemas/*.json``; called from its data, so at install and update.

        Records carry the module's XML ids: they go when it goes.
        """
        folder = f"{module}/schemas"
        for name in _schema_files(module):
            path = f"{folder}/{name}"
            with file_open(path) as file:
                text = file.read()
            # what is wrong with a schema stops the installation, not the first message
            schema = schema_block.read(path, text)
            schema_block.check(self.env, path, schema)
            self._load_one(module, name, path, text, schema)

    def _load_one(self, module, name, path, text, schema):
        block = schema[BLOCK]
        values = {
            "name": block["type"],
            "version": block["version"],
            "title": schema["title"],
            "description": schema.get("description"),
            "direction": block["direction"],
            "pattern": block.get("pattern", "event"),
            "handler": block.get("handler"),
            "builder": block.get("builder"),
            "document_model": block.get("document"),
            "module": module,
            "schema_path": path,
            "schema": text,
        }
        if "patience_hours" in block:
            values["patience_hours"] = block["patience_hours"]
        values.update(self._retention_of(block))
        xmlid = f"{module}.type_{name.removesuffix('.json').replace('.', '_').replace('-', '_')}"
        self._load_records([{"xml_id": xmlid, "values": values, "noupdate": False}])

    @api.model
    @tools.ormcache()
    def _served(self):
        """``{id: {id, name, version, direction, state, text, pattern, handler, …}}`` of all whose addon is there."""
        return {
            kind.id: {
                "id": kind.id,
                "name": kind.name,
                "version": kind.version,
                "direction": kind.direction,
                "state": kind.state,
                "text": kind.schema,
                "pattern": kind.pattern,
                "handler": kind.handler,
                "builder": kind.builder,
                "title": kind.title,
                "document": kind.document_model,
                "patience_hours": kind.patience_hours,
            }
            # sudo: the list of kinds is the same for everybody, and is read for whoever calls
            for kind in self.sudo().search([])
            if kind._is_served()
        }

    @api.model
    @tools.ormcache()
    def _catalog(self):
        """``{(direction, name): [entry of _served, …]}`` of what may flow: the lowest active version first."""
        catalog = {}
        for kind in sorted(self._served().values(), key=lambda kind: (kind["state"] != "active", kind["version"])):
            if kind["state"] in LIVE:
                catalog.setdefault((kind["direction"], kind["name"]), []).append(kind)
        return catalog

    @api.model
    def _versions(self, direction, name, major=None):
        """The catalogue's entries of a name, or of one version of it: the lowest active first, then the deprecated."""
        found = self._catalog().get((direction, name), [])
        return [kind for kind in found if kind["version"] == major] if major else found

    @api.model
    def _kind(self, direction, name, major=None):
        """The first of :meth:`_versions`; None without any."""
        return next(iter(self._versions(direction, name, major)), None)


def _schema_files(module):
    from pathlib import Path

    return sorted(path.name for path in Path(get_module_path(module), "schemas").glob("*.json"))


@lru_cache(maxsize=512)
def _block(text):
    return json.loads(text)[BLOCK]


@lru_cache(maxsize=512)
def validator(text):
    """Compiled once a process; jsonschema-rs checks an event in microseconds, Draft 2020-12 and Decimals included."""
    schema = {key: value for key, value in json.loads(text).items() if key != BLOCK}
    return jsonschema_rs.validator_for(schema)


block = _block
