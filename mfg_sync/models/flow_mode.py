from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import misc

#: how what was tried ended, in the order in which people read it
_ENDS = """CASE WHEN m.state = 'done' AND NOT m.no_effect THEN 'applied' WHEN m.state = 'done' THEN 'nothing'
                WHEN m.state = 'dead' THEN 'failed' WHEN m.state = 'pending' THEN 'waiting'
                WHEN m.wait_key LIKE 'map:%%' THEN 'code' WHEN m.hold_reason = 'reference' THEN 'unknown'
                ELSE 'held' END"""


class FlowMode(models.Model):
    """From shadow to live and back: what is known of it is shown before, and kept with the decision."""

    _inherit = "mfg.sync.flow"

    mode_since = fields.Datetime(string="So since", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        # from when on it counts what was tried: nobody gives that by hand
        return super().create([{**vals, "mode_since": fields.Datetime.now()} for vals in vals_list])

    def write(self, vals):
        turned = self.filtered(lambda flow: flow.mode != vals["mode"]) if "mode" in vals else self.browse()
        result = super().write({name: value for name, value in vals.items() if name != "mode_since"})
        if turned:
            super(FlowMode, turned).write({"mode_since": fields.Datetime.now()})
        return result

    def action_go_live(self):
        """Ask whether these are to be live, with what is known of the time in which they were tried."""
        return self._ask_mode("live", "shadow", _("None of these is in shadow."))

    def action_back_to_shadow(self):
        """Ask whether these are only to be tried again."""
        return self._ask_mode("shadow", "live", _("None of these is live."))

    def _ask_mode(self, mode, now, none):
        flows = self.filtered(lambda flow: flow.active and flow.mode == now)
        if not flows:
            raise UserError(none)
        names = {"live": _("Go live"), "shadow": _("Back to shadow")}
        return {
            "type": "ir.actions.act_window",
            "name": names[mode],
            "res_model": "mfg.sync.flow.mode",
            "view_mode": "form",
            "target": "new",
            "context": {"default_flow_ids": [(6, 0, flows.ids)], "default_mode": mode},
        }

    def _what_is_known(self, mode):
        """What to know before this becomes live, or is only tried again: sentences, a line each."""
        self.ensure_one()
        return "\n".join(self._before_live() if mode == "live" else self._before_shadow())

    def _before_live(self):
        since = self.mode_since or self.create_date
        found = self._tried_since(since)
        total = sum(count for count, _different in found.values())
        said = [_("In shadow since %s.", misc.format_datetime(self.env, since))]
        if not total:
            return [*said, _("Nothing was tried in that time: there is nothing to judge it by.")]
        if self.direction == "out":
            said.append(
                _(
                    "Looked at, and not sent: %(all)s. Of these could not be put into a message: %(failed)s.",
                    all=total,
                    failed=found.get("failed", (0, 0))[0],
                )
            )
            return [*said, _("What was only looked at is not sent; what happens from then on is.")]
        said.append(
            _(
                "Messages tried: %(all)s. Of these would have been applied: %(applied)s; would have changed nothing: "
                "%(nothing)s.",
                all=total,
                applied=found.get("applied", (0, 0))[0],
                nothing=found.get("nothing", (0, 0))[0],
            )
        )
        said += self._in_the_way(found)
        return [*said, _("What was only tried is not applied by itself: book by hand what nobody has booked.")]

    def _in_the_way(self, found):
        """Sentences about what would not have been applied."""
        texts = {
            "code": _("Use a code without an entry in the mapping: %(count)s (different codes: %(different)s)."),
            "unknown": _("Name something that Odoo does not know: %(count)s (different ones: %(different)s)."),
            "failed": _("Failed: %(count)s."),
            "held": _("Would wait for a person or for another message: %(count)s."),
            "waiting": _("Not tried yet, and not applied either once it is live: %(count)s."),
        }
        return [
            text % {"count": found[end][0], "different": found[end][1]} for end, text in texts.items() if end in found
        ]

    def _before_shadow(self):
        self.env.cr.execute(
            """SELECT count(*) FROM mfg_sync_message
               WHERE flow_id = %s AND state IN ('pending', 'held', 'dead') AND NOT shadow""",
            [self.id],
        )
        waiting = self.env.cr.fetchone()[0]
        if self.direction == "out":
            said = [_("What happens from then on is only looked at, and not sent.")]
            if waiting:
                said.append(_("Wait to be sent, and still go: %s. Pause it first to keep them.", waiting))
            return said
        said = [_("What comes from then on is only tried: nothing is booked, and people book by hand.")]
        if waiting:
            said.append(_("Came before and are not finished: %s. They are only tried at their turn, too.", waiting))
        return said

    def _tried_since(self, since):
        """``{how it ended: (messages, different things they wait for)}`` of what was tried since then."""
        self.env["mfg.sync.message"].flush_model()
        self.env.cr.execute(
            f"""SELECT {_ENDS}, count(*), count(DISTINCT m.wait_key) FROM mfg_sync_message m
                WHERE m.shadow AND m.flow_id = %s AND (m.received >= %s OR m.done_at >= %s)
                  AND m.state IN ('done', 'pending', 'held', 'dead') GROUP BY 1""",
            [self.id, since, since],
        )
        return {end: (count, different) for end, count, different in self.env.cr.fetchall()}
