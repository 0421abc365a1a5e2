import os
import stat
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import config

from ..engine import keys
from ..engine.gate import Gate
from ..protocol import signature
from ..protocol.errors import Problem
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSecrets(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()
        cls.credential = cls.env["mfg.sync.credential"]

    def stored(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT use, stored FROM mfg_sync_credential WHERE endpoint_id = %s", [self.endpoint.id])
        return dict(self.env.cr.fetchall())

    def test_secrets_are_encrypted_and_tokens_hashed(self):
        secret, token = self.credential.set_key("mes1", "in_secret"), self.credential.set_key("mes1", "in_token")
        stored = self.stored()
        self.assertNotIn(secret.removeprefix("whsec_"), stored["in_secret"])
        self.assertEqual(keys.decrypt(stored["in_secret"]), secret)
        self.assertEqual(stored["in_token"], signature.token_hash(token))

    def test_nobody_reads_what_is_stored(self):
        self.credential.set_key("mes1", "in_secret")
        administrator = new_test_user(self.env, "keys", groups="mfg_sync.group_administrator")
        found = self.credential.with_user(administrator).search([("endpoint_id", "=", self.endpoint.id)])
        self.assertNotIn("stored", found.fields_get())
        self.assertNotIn("stored", found.read()[0])
        with self.assertRaises(AccessError):
            found.read(["stored"])
        with self.assertRaises(AccessError):
            found.search([("stored", "like", "gAAAA")])
        with self.assertRaises(AccessError):
            found.with_user(self.env.ref("base.user_admin")).export_data(["stored"])
        with self.assertRaises(AccessError):
            found.write({"stored": "mine"})

    def test_keys_are_made_only_by_administrators_and_by_their_button(self):
        steward = new_test_user(self.env, "steward", groups="mfg_sync.group_steward")
        with self.assertRaises(AccessError):
            self.credential.with_user(steward).set_key("mes1", "in_token")
        with self.assertRaises(AccessError):
            self.credential.create({"endpoint_id": self.endpoint.id, "use": "in_token"})

    def test_a_key_that_can_be_guessed_is_refused(self):
        for use, value in (("in_secret", "whsec_c2hvcnQ="), ("out_secret", "password"), ("in_token", "short")):
            with self.assertRaises(ValidationError):
                self.credential.set_key("mes1", use, value)

    def test_the_old_key_stays_good_for_a_while_beside_the_new_one(self):
        first = self.credential.set_key("mes1", "in_token")
        second = self.credential.set_key("mes1", "in_token")
        self.assertTrue(self.proven(first) and self.proven(second))
        third = self.credential.set_key("mes1", "in_token")
        self.assertEqual([self.proven(token) for token in (first, second, third)], [False, True, True])
        kept = self.credential.search([("endpoint_id", "=", self.endpoint.id)], order="id")
        self.assertAlmostEqual(kept[1].expires, fields.Datetime.now() + timedelta(days=7), delta=timedelta(minutes=1))
        kept[1].action_revoke()
        self.assertEqual([self.proven(token) for token in (second, third)], [False, True])

    def test_making_ending_and_deleting_a_key_are_decisions_that_do_not_tell_it(self):
        administrator = new_test_user(self.env, "keys", groups="mfg_sync.group_administrator")
        credential = self.credential.with_user(administrator).with_context(tracking_disable=True)
        first, second = credential.set_key("mes1", "in_token"), credential.set_key("mes1", "in_token")
        newest, oldest = credential.search([("endpoint_id", "=", self.endpoint.id)])
        until = oldest.expires
        oldest.action_revoke()
        revoked = oldest.expires
        newest.unlink()
        decisions = self.env["mfg.sync.decision"].search([("endpoint_id", "=", self.endpoint.id)], order="id")
        self.assertEqual(decisions.user_id, administrator)
        self.assertEqual(
            [(row.decision, row.about[-4:], row.before, row.after) for row in decisions],
            [
                ("new_key", first[-4:], False, "Valid"),
                ("end_key", first[-4:], "Valid", f"Valid until {until} (UTC)"),
                ("new_key", second[-4:], False, "Valid"),
                ("end_key", first[-4:], f"Valid until {until} (UTC)", f"Valid until {revoked} (UTC)"),
                ("delete_key", second[-4:], "Valid", "Deleted"),
            ],
        )
        told = " ".join(str(row.read()) for row in decisions)
        self.assertFalse(first in told or second in told)

    def test_a_key_that_was_revoked_is_never_valid_again(self):
        token = self.credential.set_key("mes1", "in_token")
        key = self.credential.search([("endpoint_id", "=", self.endpoint.id)])
        key.expires = fields.Datetime.now() + timedelta(days=1)
        for later in (False, fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=2))):
            with self.assertRaisesRegex(AccessError, "made valid for longer"):
                key.write({"expires": later})
        key.action_revoke()
        with self.assertRaisesRegex(AccessError, "made valid for longer"):
            key.expires = False
        ended = key.expires
        key.action_revoke()
        self.assertEqual(key.expires, ended)
        self.assertFalse(self.proven(token))

    def proven(self, token):
        self.env.flush_all()
        try:
            return bool(Gate(self.env.cr).authenticate("mes1", {"authorization": f"Bearer {token}"}))
        except Problem as problem:
            self.assertEqual(problem.status, 401)
            return False

    def test_our_own_message_is_never_taken_for_theirs(self):
        ours = self.credential.set_key("mes1", "out_secret")
        self.credential.set_key("mes1", "in_secret")
        self.env.flush_all()
        with self.assertRaises(Problem):
            Gate(self.env.cr).authenticate("mes1", signature.sign("m", b"{}", [ours]), b"{}")

    def test_a_strangers_request_costs_as_many_queries(self):
        self.credential.set_key("mes1", "in_secret")
        self.env.flush_all()
        headers = signature.sign("m", b"{}", [signature.new_secret()])
        counts = []
        for code in ("mes1", "nobody", "nul\x00"):
            gate, before = Gate(self.env.cr), self.env.cr.sql_log_count
            try:
                gate.authenticate(code, headers, b"{}")
            except Problem as problem:
                counts.append(self.env.cr.sql_log_count - before)
                self.assertEqual(problem.status, 401)
        self.assertEqual(counts, [1, 1, 1])


@tagged("post_install", "-at_install", "mfg_sync")
class TestEncryptionKey(SyncCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        options = getattr(config, "options", None)
        if hasattr(config, "_runtime_options"):
            options = config._runtime_options
        self.startPatcher(patch.dict(options, {"data_dir": str(self.folder)}))
        self.startPatcher(patch.dict(os.environ))
        os.environ.pop("MFG_SYNC_KEY", None)

    def test_the_key_is_made_once_for_its_owner_only(self):
        token = keys.encrypt("secret")
        path = self.folder / "mfg_sync" / "key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        self.assertEqual(keys.key_source(), "file")
        self.assertEqual(keys.decrypt(token), "secret")
        self.assertEqual(keys.instance_id(), keys.instance_id())

    def test_the_environments_key_comes_first_and_can_be_rotated(self):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        os.environ["MFG_SYNC_KEY"] = old
        token = keys.encrypt("secret")
        self.assertEqual(keys.key_source(), "environment")
        os.environ["MFG_SYNC_KEY"] = f"{new}, {old}"
        self.assertEqual(keys.decrypt(token), "secret")
        os.environ["MFG_SYNC_KEY"] = new
        with self.assertRaisesRegex(keys.KeyMissing, "another key"):
            keys.decrypt(token)
        self.assertFalse((self.folder / "mfg_sync" / "key").exists())

    def test_a_key_file_that_was_exchanged_counts_at_once(self):
        """An Administrator puts the key of the old machine there: no server is to be started anew for it."""
        path = self.folder / "mfg_sync" / "key"
        token, other = keys.encrypt("secret"), Fernet.generate_key().decode()
        self.startPatcher(patch.object(keys, "SETTLED", -1))
        was = path.read_text()
        os.utime(path, (1, 1))
        self.assertEqual(keys.decrypt(token), "secret")
        path.write_text(other)
        with self.assertRaisesRegex(keys.KeyMissing, "another key"):
            keys.decrypt(token)
        path.unlink()
        path.write_text(was)
        os.utime(path, (2, 2))
        self.assertEqual(keys.decrypt(token), "secret")

    def test_a_key_that_is_none_says_how_to_make_one(self):
        os.environ["MFG_SYNC_KEY"] = "password"
        with self.assertRaisesRegex(keys.KeyMissing, "generate_key"):
            keys.encrypt("secret")

    def test_without_a_writable_folder_secrets_are_refused(self):
        (self.folder / "mfg_sync").write_text("a file where the folder should be")
        with self.assertRaisesRegex(keys.KeyMissing, "MFG_SYNC_KEY"):
            keys.encrypt("secret")
        self.assertIsNone(keys.instance_id())

    def test_a_key_of_another_machine_is_told_to_our_people_and_to_no_stranger(self):
        self.make_endpoint()
        os.environ["MFG_SYNC_KEY"] = Fernet.generate_key().decode()
        secret = self.env["mfg.sync.credential"].set_key("mes1", "in_secret")
        os.environ["MFG_SYNC_KEY"] = Fernet.generate_key().decode()
        self.env.flush_all()
        with self.assertLogs("odoo.addons.mfg_sync.engine.gate", "ERROR") as logs, self.assertRaises(Problem):
            Gate(self.env.cr).authenticate("mes1", signature.sign("m", b"{}", [secret]), b"{}")
        self.assertIn("another key", logs.output[0])
