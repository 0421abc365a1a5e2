from collections import Counter

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from .. import compat
from ..engine import release
from ..engine.twins import TOLD

#: what a match is known by: no two have the same
IDENTITY = ("system_id", "entity", "external_id")


class Binding(models.Model):
    """External id ↔ Odoo record, per system. Several external ids may name one record, one external id names one."""

    _name = "mfg.sync.binding"
    _description = "Match"
    _order = "id desc"
    _rec_name = "external_id"

    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", required=True, ondelete="cascade", index=True
    )
    system_id = fields.Many2one("mfg.sync.system", string="System", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    entity = fields.Selection("_selection_entity", string="Kind of record", required=True)
    external_id = fields.Char(string="Their id", required=True)
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True)
    record_name = fields.Char(string="Our record", compute="_compute_record_name")
    agreed_hash = fields.Char(
        string="Agreed content",
        readonly=True,
        help="Kind of message and hash of what the system last told about the record: it is not told the same back.",
    )
    agreed_at = fields.Datetime(string="Agreed", readonly=True)
    removed_told = fields.Datetime(
        string="Last of what was removed",
        readonly=True,
        help="When the newest of the removed messages came that had told something about the document.",
    )
    record = fields.Reference(
        selection="_selection_record", string="Our record chosen", compute="_compute_record", inverse="_inverse_record"
    )

    _sql_constraints = [
        ("external_uniq", "UNIQUE(system_id, entity, external_id)", "This id of the system is matched already."),
    ]

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS mfg_sync_binding_record ON mfg_sync_binding (res_model, res_id, system_id)"
        )

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for binding in self:
            record = self._existing(binding.res_model, binding.res_id)
            # sudo: the name only, for the list of matches, whose rules already keep companies apart
            binding.record_name = record.sudo().display_name if record else False

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._with_companies([self._with_record_named(vals) for vals in vals_list])
        self._require_entities(vals_list)
        for vals in vals_list:
            self._require_record(vals.get("external_id"), vals.get("res_model"), vals.get("res_id"))
        known = self.default_get(list(IDENTITY))
        self._make_room([self._identity({**known, **vals}) for vals in vals_list])
        bindings = super().create(vals_list)
        bindings._check_own()
        bindings._check_entity()
        bindings._came_to_be()
        return bindings

    def write(self, vals):
        vals = self._with_record_named(vals)
        self._require_entities([vals])
        if {"res_model", "res_id"} & vals.keys():
            for binding in self:
                self._require_record(
                    binding.external_id, vals.get("res_model", binding.res_model), vals.get("res_id", binding.res_id)
                )
        if set(IDENTITY) & vals.keys():
            self.filtered(
                lambda match: self._identity({**match._its_identity(), **vals}) != self._identity(match._its_identity())
            )._require_untold()
            self._make_room([self._identity({**binding._its_identity(), **vals}) for binding in self])
        result = super().write(vals)
        self._check_own()
        self._check_entity()
        self._came_to_be()
        return result

    @api.model
    def _with_companies(self, vals_list):
        """The same values, with their connection's company: who works in one company does not see the field."""
        preset = self.default_get(["endpoint_id"]).get("endpoint_id")
        wanted = [vals.get("endpoint_id") or preset for vals in vals_list]
        # they may be anything over RPC, and what is missing is said by the fields
        ids = {endpoint_id for endpoint_id in wanted if isinstance(endpoint_id, int)}
        companies = {
            each.id: each.company_id.id for each in self.env["mfg.sync.endpoint"].search([("id", "in", list(ids))])
        }
        return [
            vals
            if vals.get("company_id") or not isinstance(endpoint_id, int) or endpoint_id not in companies
            else {**vals, "company_id": companies[endpoint_id]}
            for vals, endpoint_id in zip(vals_list, wanted, strict=True)
        ]

    @api.onchange("endpoint_id")
    def _onchange_endpoint(self):
        # the system of a message may have been archived since
        if self.system_id.endpoint_id != self.endpoint_id:
            systems = self.endpoint_id.system_ids
            self.system_id = systems if len(systems) == 1 else False
        self.company_id = self.endpoint_id.company_id

    @api.onchange("entity")
    def _onchange_entity(self):
        model = self.env["mfg.sync.resolver"]._entities().get(self.entity)
        if model != self.res_model:
            self.res_model, self.res_id = model, False

    @api.model
    def _with_record_named(self, vals):
        """The same values, with the record that was chosen as its model and id."""
        if "record" not in vals:
            return vals
        # over RPC anything may stand there
        model, _comma, res_id = str(vals["record"] or "").partition(",")
        others = {name: value for name, value in vals.items() if name != "record"}
        return {
            **others,
            "res_model": model,
            "res_id": int(res_id) if res_id.isdecimal() and len(res_id) < 19 else res_id,
        }

    @api.model
    def _existing(self, model, res_id):
        """The record that a match names; None when it, or its model, is gone or never was."""
        known = isinstance(model, str) and model in self.env and isinstance(res_id, int)
        if not known or self.env[model]._abstract or self.env[model]._transient:
            return None
        return self.env[model].browse(res_id).exists() or None

    @api.model
    def _require_record(self, external_id, model, res_id):
        """:raises ValidationError: nothing is named, or what does not exist"""
        if not (model and res_id):
            raise ValidationError(_("Choose the record of Odoo that %s means.", external_id or ""))
        if not self._existing(model, res_id):
            # not within the sentence: 17.0 can't read such a string there, and loses the words of the file behind it
            named = f"{model},{res_id}"
            raise ValidationError(
                _(
                    "%(id)s can't be matched with %(record)s: there is no such record in Odoo. Choose another one.",
                    id=external_id or "",
                    record=named,
                )
            )

    @api.model
    def _require_entities(self, vals_list):
        """:raises ValidationError: a kind of record that no addon knows"""
        words = dict(self._selection_entity())
        for entity in {str(vals["entity"]) for vals in vals_list if vals.get("entity")} - words.keys():
            raise ValidationError(
                _(
                    "%(entity)s is no kind of record that can be matched; take one of: %(words)s.",
                    entity=entity,
                    words=", ".join(sorted(words)),
                )
            )

    @api.model
    def _identity(self, values):
        return values.get("system_id"), *(str(values.get(name) or "") for name in IDENTITY[1:])

    def _its_identity(self):
        return {"system_id": self.system_id.id, "entity": self.entity, "external_id": self.external_id}

    def _make_room(self, wanted):
        """A match to what is gone is not in the way of another one; of one that stands people read which it is.

        :param list wanted: system, entity and external id of the matches that these are to be
        :raises ValidationError: an id would mean two records
        """
        if not wanted:
            return
        wanted = Counter(wanted)
        systems, entities, external_ids = (list(set(values)) for values in zip(*wanted, strict=True))
        found = self.search(
            [
                *(("system_id", "in", systems), ("entity", "in", entities), ("external_id", "in", external_ids)),
                ("id", "not in", self.ids),
            ]
        ).filtered(lambda binding: self._identity(binding._its_identity()) in wanted)
        gone = found.filtered(lambda binding: not self._existing(binding.res_model, binding.res_id))
        for binding in found - gone:
            raise ValidationError(
                _(
                    "%(entity)s %(id)s of %(system)s means %(record)s already. Change that match, or delete it first.",
                    entity=self._in_words(binding.entity),
                    id=binding.external_id,
                    system=binding.system_id.name,
                    record=binding.record_name,
                )
            )
        for (_system, entity, external_id), count in wanted.items():
            if count > 1:
                raise ValidationError(
                    _(
                        "%(entity)s %(id)s is to be matched %(count)s times at once; it can mean one record only.",
                        entity=self._in_words(entity),
                        id=external_id,
                        count=count,
                    )
                )
        gone.unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        self._require_untold()

    def _require_untold(self):
        """:raises UserError: something was applied under the id of a document, and would be taken for new without it"""
        documents = self.env["mfg.sync.resolver"]._documents()
        for binding in self.filtered(lambda match: match.entity in documents):
            if self._existing(binding.res_model, binding.res_id) and binding._is_known_by():
                raise UserError(
                    _(
                        "Messages about %(record)s were applied, and by %(id)s a repetition of them is known. Keep "
                        "this match; if it is wrong, change which record it means.",
                        record=binding.record_name,
                        id=binding.external_id,
                    )
                )

    def _is_known_by(self):
        """Whether its system told something about the record that had an effect, also what was removed since."""
        years = relativedelta(years=self.endpoint_id.key_years)
        if self.removed_told and self.removed_told + years > fields.Datetime.now():
            return True
        self.env.cr.execute(
            f"""SELECT 1 FROM mfg_sync_document d JOIN mfg_sync_message m ON m.id = d.message_id
                WHERE (d.res_model, d.res_id, m.system_id) = (%s, %s, %s) AND {TOLD} LIMIT 1""",
            [self.res_model, self.res_id, self.system_id.id],
        )
        return bool(self.env.cr.fetchone())

    def _came_to_be(self):
        """A match made by hand: what waited for it goes on, in the order of its document."""
        self.flush_recordset()
        release.when_committed(
            self.env.cr,
            [f"{binding.entity}:{binding.external_id}" for binding in self],
            [(binding.system_id.id, binding.entity, binding.external_id) for binding in self],
        )

    @api.model
    def _selection_entity(self):
        """Kinds of records in words; those of addons that are gone as they are called."""
        resolver = self.env["mfg.sync.resolver"]
        words = resolver._entity_words()
        known = [
            (entity, words.get(entity) or self.env[model]._description)
            for entity, model in resolver._entities().items()
            if model in self.env
        ]
        return known + [(entity, entity) for entity in self._left_entities()]

    @api.model
    @tools.ormcache()
    def _left_entities(self):
        """Kinds of records that matches of addons that are gone are about. Addons go with a new registry."""
        known = [entity for entity, model in self.env["mfg.sync.resolver"]._entities().items() if model in self.env]
        self.env.cr.execute("SELECT DISTINCT entity FROM mfg_sync_binding WHERE entity != ALL(%s) ORDER BY 1", [known])
        return [entity for (entity,) in self.env.cr.fetchall()]

    @api.model
    def _in_words(self, entity):
        return dict(self._selection_entity()).get(entity, entity)

    @api.model
    def _selection_record(self):
        models = sorted(set(self.env["mfg.sync.resolver"]._entities().values()) & set(self.env))
        return [(name, self.env[name]._description) for name in models]

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        for binding in self:
            known = binding.res_model in self.env and binding.res_id
            binding.record = f"{binding.res_model},{binding.res_id}" if known else False

    def _inverse_record(self):
        for binding in self.filtered("record"):
            binding.write({"res_model": binding.record._name, "res_id": binding.record.id})

    def _check_own(self):
        """A match belongs to a connection of its own company and names a record that whoever makes it may see.

        The gate and the drain read matches by system alone: one filed under another company would steer that company's
        messages, and its name would show a record that is none of the person's business.
        """
        for binding in self:
            compat.check_access(binding.endpoint_id, "read")
            endpoint = binding.endpoint_id
            if (binding.company_id, binding.system_id.endpoint_id) != (endpoint.company_id, endpoint):
                raise ValidationError(
                    _(
                        "The match of %(id)s must be of the company and of a system of the connection %(endpoint)s.",
                        id=binding.external_id,
                        endpoint=endpoint.name,
                    )
                )
            if binding.res_model in self.env:
                compat.check_access(self.env[binding.res_model].browse(binding.res_id), "read")

    def _check_entity(self):
        entities = self.env["mfg.sync.resolver"]._entities()
        for binding in self:
            if entities.get(binding.entity, binding.res_model) != binding.res_model:
                raise ValidationError(
                    _(
                        "%(entity)s %(id)s can't be matched with a record of another kind (%(record)s).",
                        entity=self._in_words(binding.entity),
                        id=binding.external_id,
                        record=binding.record_name or binding.res_model,
                    )
                )

    @api.model
    def _agree(self, system_id, record, kind, data_hash):
        """What a system said about a record, in the shape of an outbound kind, is what both sides know now."""
        self.env.cr.execute(
            """UPDATE mfg_sync_binding SET agreed_hash = %s, agreed_at = clock_timestamp() AT TIME ZONE 'UTC'
               WHERE system_id = %s AND res_model = %s AND res_id = %s""",
            [f"{kind}:{data_hash}", system_id, record._name, record.id],
        )
        self.invalidate_model(["agreed_hash", "agreed_at"])

    @api.model
    def _agreed(self, endpoint_id, kind, records):
        """What all applications behind a connection have said alike about records: ``{(model, id): (hash, when)}``.

        Behind a hub one of them may have said what the others are still to be told.

        :param list records: pairs (model, id)
        """
        if not records:
            return {}
        self.env.cr.execute(
            """SELECT res_model, res_id, min(agreed_hash), min(agreed_at) FROM mfg_sync_binding b
               WHERE endpoint_id = %(endpoint)s AND (res_model, res_id) IN %(records)s
                 AND starts_with(agreed_hash, %(kind)s)
               GROUP BY res_model, res_id HAVING count(DISTINCT agreed_hash) = 1 AND count(DISTINCT system_id) = (
                   SELECT count(*) FROM mfg_sync_system s WHERE s.endpoint_id = %(endpoint)s AND s.active)""",
            {"endpoint": endpoint_id, "records": tuple(records), "kind": f"{kind}:"},
        )
        return {
            (model, res_id): (agreed.removeprefix(f"{kind}:"), when)
            for model, res_id, agreed, when in self.env.cr.fetchall()
        }

    @api.model
    def _bind(self, *, endpoint_id, system_id, company_id, entity, external_id, record):
        """Insert or move a binding and bring its open messages into the lane of the record, in this transaction.

        :return bool: whether something changed
        """
        self.env.cr.execute(
            """INSERT INTO mfg_sync_binding (endpoint_id, system_id, company_id, entity, external_id, res_model, res_id,
                                             create_uid, create_date, write_uid, write_date)
               VALUES (%(endpoint)s, %(system)s, %(company)s, %(entity)s, %(external)s, %(model)s, %(id)s,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
               ON CONFLICT (system_id, entity, external_id) DO UPDATE
                   SET res_model = EXCLUDED.res_model, res_id = EXCLUDED.res_id, write_date = EXCLUDED.write_date
                   WHERE (mfg_sync_binding.res_model, mfg_sync_binding.res_id) <> (EXCLUDED.res_model, EXCLUDED.res_id)
               RETURNING id""",
            {
                "endpoint": endpoint_id,
                "system": system_id,
                "company": company_id,
                "entity": entity,
                "external": external_id,
                "model": record._name,
                "id": record.id,
                "uid": self.env.uid,
            },
        )
        changed = bool(self.env.cr.fetchone())
        if changed:
            release.move(self.env.cr, [(system_id, entity, external_id)])
            self.invalidate_model()
        return changed
