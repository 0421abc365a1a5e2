from odoo import _, api, models
from odoo.exceptions import RedirectWarning, UserError


class Refusal(models.AbstractModel):
    """Who refused: other addons step into Odoo's buttons, with an error, a wizard, a notification, or by doing nothing.

    A planner asks the people behind that addon, so a message that failed names it. An error is told by the code that
    raised it, a wizard by the addon its model belongs to; who only did nothing can't be told, so all are named that
    could have.
    """

    _name = "mfg.sync.refusal"
    _description = "Who Refused"

    @api.model
    def _why(self, error):
        """What went wrong, for people: :meth:`_in_words` of Odoo's errors, the text of others."""
        return self._in_words(error) if isinstance(error, (UserError, RedirectWarning)) else str(error)

    @api.model
    def _in_words(self, error):
        """The text of an error of Odoo for people, with the addon whose code raised it."""
        # RedirectWarning: the text, the action it leads to, the label of the button
        text = str(error.args[0] if error.args else error).strip()
        addon = _of_code(error)
        if not addon or _is_self(addon):
            return _("Odoo refuses: %s", text)
        return _("Odoo refuses (%(addon)s): %(error)s", addon=self._title(addon), error=text)

    @api.model
    def _of_answer(self, records, button, answer):
        """Why a button of Odoo did not do what it is for, as far as its answer and its code tell; for people.

        :param records: those it was called on
        :param str button: name of the method
        :param answer: what it returned
        """
        answer = answer if isinstance(answer, dict) else {}
        model = answer.get("res_model")
        if model and model in self.env:
            asks = self.env[model]
            return _(
                "%(addon)s asks a question that a message can't answer: %(question)s.",
                addon=self._title(asks._original_module),
                question=answer.get("name") or asks._description,
            )
        params = answer.get("params") or {}
        words = ": ".join(str(params[key]) for key in ("title", "message") if params.get(key))
        said = _("The answer was: %s", words) if words else _("No reason was given.")
        others = ", ".join(self._title(addon) for addon in _overriding(records, button))
        return f"{said} {_('It may have been: %s.', others)}" if others else said

    def _title(self, addon):
        # sudo: the name of an installed addon is no secret, and the service user needs no right to look addons up
        found = self.env["ir.module.module"].sudo().search([("name", "=", addon)], limit=1)
        return f"{found.shortdesc} ({addon})" if found else addon


def _is_self(addon):
    """Not another addon: Odoo's base, and ours, whose texts say by themselves whose they are."""
    return addon == "base" or addon.startswith("mfg_sync")


def _of_code(error):
    """The addon of the innermost code that an exception came through; None outside addons."""
    addon, step = None, error.__traceback__
    while step:
        parts = step.tb_frame.f_globals.get("__name__", "").split(".")
        if parts[:2] == ["odoo", "addons"] and len(parts) > 2:
            addon = parts[2]
        step = step.tb_next
    return addon


def _overriding(records, method):
    """Addons that step into a method of a model, without the one that it comes from and ours."""
    modules = [vars(cls).get("_module") for cls in type(records).mro() if method in vars(cls)]
    return [module for module in dict.fromkeys(modules[:-1]) if module and not _is_self(module)]
