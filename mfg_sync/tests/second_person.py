"""For tests of what a second person has to approve: Anna corrects, Bert is her colleague."""

import json

from odoo.tests import new_test_user

from ..engine.errors import DataError
from .orders import EngineCase

OPERATOR = "mfg_sync.group_operator"


class SecondPersonCase(EngineCase):
    """Nobody knows what a corrected report moves that can't be applied now; so a colleague is asked about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.bert = (
            new_test_user(cls.env, f"second_{name}", groups=OPERATOR, name=name.capitalize())
            for name in ("anna", "bert")
        )
        cls.administrator = new_test_user(cls.env, "second_admin", groups="mfg_sync.group_administrator")
        cls.endpoint.environment = "production"
        cls.env.company.mfg_sync_second_person_amount = 100

    def setUp(self):
        super().setUp()
        self.happen["500 kg"] = DataError("There are 20 kg in stock.", "/data/text")
        self.happen["50 kg"] = DataError("There are 20 kg in stock.", "/data/text")

    def wrong(self, **more):
        message = self.arrive("500 kg", **more)
        self.work()
        return message

    def correct(self, message, text="50 kg", user=None):
        content = json.dumps({**json.loads(message.payload), "text": text})
        return self.decide(message.with_user(user or self.anna).action_correct, content, "The scale was read wrong")

    def decide(self, decision, *args):
        """A decision in which something may be tried out, which takes cursors of its own."""
        self.env.flush_all()
        with self.own_cursors():
            decided = decision(*args)
            self.env.flush_all()
        return decided.with_env(self.env) if decided is not None and hasattr(decided, "with_env") else decided

    def question(self, message, state="open"):
        return self.env["mfg.sync.approval"].search([("message_id", "=", message.id), ("state", "=", state)])

    def waiting(self):
        """A corrected message that waits for Anna's colleague."""
        corrected = self.correct(self.wrong())
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        # what it complained about has been mended since: whatever lets it go applies it
        self.happen.clear()
        self.applied.clear()
        return corrected
