"""What people decide about connections as a whole is written down like what they decide about messages."""

from odoo import SUPERUSER_ID, _, api, models


def _entry(record, endpoint, before, after):
    """What a person decided about a record of the set-up: ``before`` and ``after`` in words."""
    return {
        "about": record.display_name,
        "endpoint_id": endpoint.id,
        "company_id": record.company_id.id,
        "before": before,
        "after": after,
    }


def _log_pauses(records, vals, endpoint_of, write):
    """Carry out a write, and note whose pause it began or ended; the engine's own pauses are nobody's decision."""
    turned = records.browse()
    if "paused" in vals and records.env.uid != SUPERUSER_ID:
        turned = records.filtered(lambda record: record.paused != bool(vals["paused"]))
    result = write()
    if turned:
        states = {True: _("Paused"), False: _("Working")}
        turned.env["mfg.sync.decision"]._log(
            "pause" if vals["paused"] else "resume",
            [
                _entry(record, endpoint_of(record), states[not vals["paused"]], states[bool(vals["paused"])])
                for record in turned
            ],
        )
    return result


class Endpoint(models.Model):
    _inherit = "mfg.sync.endpoint"

    def write(self, vals):
        before = [(endpoint, endpoint.environment) for endpoint in self] if "environment" in vals else []
        listed = [(endpoint, endpoint._callers_spoken()) for endpoint in self] if "allowed_from" in vals else []
        closes = "breaker_open" in vals and not vals["breaker_open"]
        stopped = [(endpoint, endpoint.breaker_reason) for endpoint in self if closes and endpoint.breaker_open]
        result = _log_pauses(self, vals, lambda endpoint: endpoint, lambda: super(Endpoint, self).write(vals))
        # here and not by tracking, which who writes can switch off: on one for test nobody else is asked (decision 86)
        spoken = dict(self._fields["environment"]._description_selection(self.env))
        moved = [(endpoint, spoken[was]) for endpoint, was in before if endpoint.environment != was]
        if moved:
            self._log_decision("environment", moved, spoken[vals["environment"]])
        for endpoint, was in listed:
            if was != endpoint._callers_spoken():
                self._log_decision("allowed_from", [(endpoint, was)], endpoint._callers_spoken())
        # here and not with the button, which nobody has to press
        self._log_decision("close_breaker", stopped, _("Sending"))
        return result

    def action_confirm_stamp(self):
        homes = [(endpoint, endpoint._home_spoken()) for endpoint in self]
        result = super().action_confirm_stamp()
        self._log_decision("confirm_home", homes, _("At home"))
        return result

    def _home_spoken(self):
        if self.put_back:
            return _("Restored from a backup")
        return _("At home") if self.stamp_ok else _("Not at home")

    def _log_decision(self, decision, before, after):
        """:param before: pairs of a connection and how it stood"""
        entries = [_entry(endpoint, endpoint, text, after) for endpoint, text in before]
        self.env["mfg.sync.decision"]._log(decision, entries)


class Flow(models.Model):
    _inherit = "mfg.sync.flow"

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        if self.env.uid != SUPERUSER_ID:
            self._log_modes([(flow, False) for flow in flows if flow.mode == "live"], "live")
        return flows

    def write(self, vals):
        turned = []
        if "mode" in vals and self.env.uid != SUPERUSER_ID:
            turned = [(flow, flow._standing(vals["mode"])) for flow in self if flow.mode != vals["mode"]]
        reason = self.env["mfg.sync.decision"]._reason(self.env.context.get("mfg_sync_reason")) if turned else None
        result = _log_pauses(self, vals, lambda flow: flow.endpoint_id, lambda: super(Flow, self).write(vals))
        self._log_modes(turned, vals.get("mode"), reason)
        return result

    def _log_modes(self, turned, mode, reason=None):
        """:param turned: pairs of a synchronization and how it stood"""
        after = self._spoken_modes().get(mode)
        entries = [_entry(flow, flow.endpoint_id, was, after) for flow, was in turned]
        self.env["mfg.sync.decision"]._log("mode", entries, reason)

    def _spoken_modes(self):
        return dict(self._fields["mode"]._description_selection(self.env))

    def _standing(self, mode):
        """How it stands before this mode is chosen, with what was known to who chose it."""
        spoken = self._spoken_modes()[self.mode]
        judged = {self.mode, mode} == {"live", "shadow"}
        return f"{spoken}\n{self._what_is_known(mode)}" if judged else spoken


class System(models.Model):
    _inherit = "mfg.sync.system"

    def write(self, vals):
        return _log_pauses(self, vals, lambda system: system.endpoint_id, lambda: super(System, self).write(vals))


#: fields of a code that may hold the record that it means
RECORDS_MEANT = ("uom_id", "location_id", "warehouse_id")


class ValueMap(models.Model):
    """What a code means decides where stock goes and how much of it, so who said it is kept."""

    _inherit = "mfg.sync.value.map"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        for entry in entries:
            entry._log_decision(entry._standing(), False, entry._spoken())
        return entries

    def write(self, vals):
        before = [(entry, entry._standing(), entry._spoken(), entry._steering()) for entry in self]
        result = super().write(vals)
        for entry, stood, was, steered in before:
            if steered != entry._steering():
                entry._log_decision(stood, was, entry._spoken())
        return result

    def unlink(self):
        for entry in self:
            entry._log_decision(entry._standing(), entry._spoken(), _("Deleted"))
        return super().unlink()

    def _steering(self):
        """All that is looked up, also what its name does not show."""
        return [self[name] for name in ("kind", "code", "endpoint_id", "company_id", *RECORDS_MEANT, "value")]

    def _standing(self):
        return {"endpoint_id": self.endpoint_id.id, "company_id": self.company_id.id, "about": self._about()}

    def _about(self):
        kind = dict(self._fields["kind"]._description_selection(self.env)).get(self.kind)
        return _("%(code)s (%(kind)s)", code=self.code, kind=kind)

    def _spoken(self):
        # sudo: a code of every company may mean a place of one where he does not work; only its name is read
        meanings = [*(self.sudo()[name].display_name for name in RECORDS_MEANT), self.value]
        return _(
            "%(code)s on %(connection)s of %(company)s: %(meaning)s",
            code=self._about(),
            connection=self.endpoint_id.name or _("every connection"),
            company=self.company_id.name or _("every company"),
            meaning=", ".join(filter(None, meanings)),
        )

    def _log_decision(self, stood, before, after):
        """:param dict stood: connection, company and name, as they were: whose codes changed reads it"""
        entries = [{**stood, "before": before, "after": after}]
        if stood["company_id"] and self.company_id.id != stood["company_id"]:
            # nor is it hidden from those whose codes it has become
            entries.append({**entries[0], "company_id": self.company_id.id})
        self.env["mfg.sync.decision"]._log("mapping", entries)


class MessageType(models.Model):
    _inherit = "mfg.sync.message.type"

    def write(self, vals):
        before = [(kind, kind._spoken(vals)) for kind in self] if self.env.uid != SUPERUSER_ID else []
        result = super().write(vals)
        entries = [
            # of no company: it binds them all
            {"about": kind.display_name, "company_id": False, "before": was, "after": now}
            for kind, was in before
            if (now := kind._spoken(vals)) != was
        ]
        self.env["mfg.sync.decision"]._log("kind", entries)
        return result

    def _spoken(self, names):
        """These fields and their values in words, a line each."""
        lines = []
        for name, field in self.fields_get(names, ["string", "selection"]).items():
            value = dict(field["selection"])[self[name]] if "selection" in field else self[name]
            lines.append(f"{field['string']}: {value}")
        return "\n".join(lines)
