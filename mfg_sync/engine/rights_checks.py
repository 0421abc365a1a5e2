"""Whether the service user of a connection may do what its synchronizations do, before a message fails for it."""

from functools import reduce
from operator import and_

from odoo import _

from .. import compat
from ..models.endpoint import ADMINISTRATORS
from .checks import Topic


class RightsChecks:
    """What the handlers and builders of a connection need, compared with what its service user has."""

    def __init__(self, endpoint):
        self.endpoint, self.env = endpoint, endpoint.env
        # sudo: groups and companies of another user, read to judge him; nothing of it is shown but names of groups
        self.user = endpoint.user_id.sudo()

    def run(self):
        yield self.service_user()
        if self.user:
            # in the order of the list: there may be several synchronizations of one kind
            kinds = self.endpoint.flow_ids.filtered(lambda flow: flow.mode != "off").type_id
            yield from map(self.kind, kinds)

    def service_user(self):
        topic, user, company = Topic("service_user", _("Service user")), self.user, self.endpoint.company_id
        if not user:
            meaning = _("%s has no service user: nothing is applied or told.", self.endpoint.name)
            return topic.error(meaning, _("Choose one on the connection; it must not be an administrator."))
        if not user.active:
            meaning = _("%s is archived: nothing is applied or told.", user.name)
            return topic.error(meaning, _("Settings → Users: unarchive it, or choose another service user."))
        if self.endpoint._is_administrator(user):
            meaning = _("%s is an administrator: a message could do anything that Odoo can do.", user.name)
            return topic.error(meaning, _("Choose a service user with no more rights than its messages need."))
        if company not in user.company_ids:
            meaning = _("%(user)s may not work in %(company)s.", user=user.name, company=company.name)
            return topic.error(meaning, _("Settings → Users: add the company, or choose another service user."))
        return topic.ok(
            _("%(user)s works in %(company)s, and is no administrator.", user=user.name, company=company.name)
        )

    def kind(self, kind):
        """What is lacking for one kind of message."""
        topic, words = Topic("rights", kind.display_name), {"user": self.user.name, "kind": kind.display_name}
        if not kind._is_served():
            meaning = _("The addon that makes “%(kind)s” is not installed any more.", **words)
            return topic.warning(meaning, _("Install it again, or switch the synchronization off."))
        groups = self.endpoint._missing_groups(kind)
        if groups:
            words["groups"] = ", ".join(groups)
            meaning = _("%(user)s is not in %(groups)s, which “%(kind)s” needs.", **words)
            remedy = _(
                "Settings → Users → %(user)s: add %(groups)s. What is not on that page is under Groups, in developer "
                "mode.",
                **words,
            )
            return topic.error(meaning, remedy)
        lacking = self._lacking(kind)
        if lacking:
            words["rights"] = ", ".join(self._spoken(*right) for right in lacking)
            words["groups"] = ", ".join(self._givers(lacking))
            meaning = _("%(user)s may not %(rights)s, and “%(kind)s” does it.", **words)
            if not words["groups"]:
                remedy = _("No group gives all of it: see Settings → Technical → Security → Access Rights.")
                return topic.error(meaning, remedy)
            remedy = _("Settings → Users → %(user)s: add the least of these groups: %(groups)s.", **words)
            return topic.error(meaning, remedy)
        return topic.ok(_("%(user)s may do what “%(kind)s” needs.", **words))

    def _lacking(self, kind):
        """``[(model, operation), …]`` that its handler or builder needs and the service user may not."""
        # with_user: never the superuser; asked as the engine asks, in the connection's company
        users = self.env["res.users"].with_user(self.user)
        asked = users.with_context(allowed_company_ids=self.endpoint.company_id.ids)
        needs = self.env[kind.handler or kind.builder]._needs
        return [
            (model, operation)
            for model, operations in needs.items()
            for operation in operations.split()
            if not compat.may(asked.env[model], operation)
        ]

    def _spoken(self, model, operation):
        # _get gives a name that everybody may know
        document = self.env["ir.model"]._get(model).name
        words = {
            "read": _("read “%s”", document),
            "write": _("change “%s”", document),
            "create": _("make “%s”", document),
            "unlink": _("delete “%s”", document),
        }
        return words[operation]

    def _givers(self, lacking):
        """Names of the groups that may do all of it, and that a service user may have."""
        # sudo: what groups may do, to name them to an Administrator of ours, who need not be one of Odoo
        access = self.env["ir.model.access"].sudo()
        givers = [
            access.search([("model_id.model", "=", model), (f"perm_{operation}", "=", True)]).group_id
            for model, operation in lacking
        ]
        never = [self.env.ref(xmlid) for xmlid in (*ADMINISTRATORS, "base.group_portal", "base.group_public")]
        return [group.full_name for group in reduce(and_, givers) if group not in never]
