import base64
import csv
import hashlib
import io
import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine import bulk, ledger
from ..models.bulk_import import LIMIT
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestImport(SyncCase):
    """The other side's line was down for a day; it left its messages in a file, which a person imports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1")
        cls.operator = new_test_user(cls.env, "imp_operator", groups="mfg_sync.group_operator")

    def event(self, event_id, text="Hello", **values):
        return {"specversion": "1.0", "id": event_id, "source": "urn:mes1", "type": "sync.test.v1",
                "data": {"text": text}, **values}  # fmt: skip

    def run_import(self, content, user=None, name="monday.json", endpoint=None):
        endpoint = endpoint or self.endpoint
        content = content if isinstance(content, bytes) else content.encode()
        wizard = (
            self.env["mfg.sync.import.file"]
            .with_user(user or self.operator)
            .create(
                {
                    "endpoint_id": endpoint.id,
                    "system_id": endpoint.system_ids.id,
                    "file": base64.b64encode(content),
                    "file_name": name,
                }
            )
        )
        self.env.flush_all()
        with self.own_cursors():
            action = wizard.action_import()
        return self.env["mfg.sync.import"].browse(action["res_id"])

    def listed(self, imported):
        return list(csv.DictReader(io.StringIO(imported.list_id.raw.decode("utf-8-sig"))))

    def counts(self, imported):
        return imported.accepted, imported.duplicate, imported.refused

    def rows(self):
        return self.env["mfg.sync.message"].search([("endpoint_id", "=", self.endpoint.id)], order="id")

    def test_each_line_is_judged_as_if_the_system_had_sent_it(self):
        lines = [
            json.dumps(self.event("1")),
            json.dumps(self.event("2", text=5)),
            "",
            '{"id": ',
            json.dumps(self.event("4", source="urn:wms1")),
            json.dumps(self.event("5", type="no.such.kind.v1")),
            # the first counts; the second says the same, the third something else
            json.dumps(self.event("1")),
            json.dumps(self.event("1", text="Other")),
            json.dumps({**self.event("9"), "source": None}),
            "[]",
        ]
        imported = self.run_import("\r\n".join(lines))
        self.assertEqual(self.counts(imported), (2, 1, 6))
        told = {int(entry["line"]): entry for entry in self.listed(imported)}
        self.assertEqual(
            {line: (entry["status"], entry["pointer"]) for line, entry in told.items()},
            {
                1: ("accepted", ""),
                2: ("refused", "/data/text"),
                4: ("refused", ""),
                5: ("refused", "/source"),
                6: ("refused", ""),
                7: ("duplicate", ""),
                8: ("refused", ""),
                9: ("accepted", ""),
                10: ("refused", ""),
            },
        )
        self.assertIn("line 1 column", told[4]["why"])
        self.assertIn("no kind of message by this name", told[6]["why"])
        self.assertEqual(told[7]["uuid"], told[1]["uuid"])
        self.drain(self.endpoint)
        self.assertEqual(self.rows().mapped("state"), ["done", "done"])

    def test_it_says_who_imported_what(self):
        content = json.dumps([self.event("1")]).encode()
        imported = self.run_import(content)
        self.assertEqual((imported.user_id, imported.company_id), (self.operator, self.endpoint.company_id))
        self.assertEqual((imported.sha256, imported.file_size), (hashlib.sha256(content).hexdigest(), len(content)))
        self.assertEqual(imported.state, "done")
        self.assertEqual(json.loads(self.rows().attributes), {"mfgimport": imported.id})

    def test_the_same_file_again_doubles_nothing_nor_does_the_system_itself(self):
        content = json.dumps([self.event("1"), self.event("2")], indent=2)
        self.assertEqual(self.counts(self.run_import(content)), (2, 0, 0))
        self.assertEqual(self.counts(self.run_import(content)), (0, 2, 0))
        message = self.accept(self.endpoint, "sync.test", {"text": "Hello"}, event_id="1")
        self.assertEqual(message, self.rows()[0])
        self.assertEqual(len(self.rows()), 2)

    def test_the_lines_of_a_batch_are_where_its_events_begin(self):
        content = json.dumps([self.event("1"), self.event("2", text=7), self.event("3")], indent=2)
        told = self.listed(self.run_import(content))
        lines = content.split("\n")
        self.assertEqual([lines[int(entry["line"]) - 1].strip() for entry in told], ["{", "{", "{"])
        self.assertEqual([entry["status"] for entry in told], ["accepted", "refused", "accepted"])

    def test_a_batch_that_breaks_off_is_taken_as_far_as_it_can_be_read(self):
        whole = json.dumps([self.event("1"), self.event("2")])
        for broken in (whole[:-20], whole[:-1] + " x", whole.replace('}}, {"spec', '}} {"spec')):
            told = self.listed(self.run_import(broken))
            self.assertIn(told[0]["status"], ("accepted", "duplicate"))
            self.assertEqual(told[-1]["status"], "refused")
        for nothing in ("", "hello", "\xff".encode("latin-1")):
            with self.assertRaises(UserError):
                self.run_import(nothing)
        self.assertEqual(self.counts(self.run_import("[ ]")), (0, 0, 0))

    def test_many_are_taken_a_thousand_at_a_time_each_by_one_insert(self):
        content = "\n".join(json.dumps(self.event(str(number))) for number in range(2500))
        sizes, insert = [], ledger.insert

        def counted(cr, rows):
            sizes.append(len(rows))
            return insert(cr, rows)

        with patch.object(ledger, "insert", counted):
            imported = self.run_import(content)
        self.assertEqual((sizes, imported.accepted), ([1000, 1000, 500], 2500))

    def test_cut_off_in_between_what_was_taken_is_there_and_the_rest_comes_with_the_same_file(self):
        content = "\n".join(json.dumps(self.event(str(number))) for number in range(1500))

        class Killed(BaseException):
            pass

        taken, take = [], bulk.take

        def killed(cr, endpoint, source, batch, import_id):
            if taken:
                raise Killed
            taken.append(import_id)
            return take(cr, endpoint, source, batch, import_id)

        with patch.object(bulk, "take", killed):
            # Odoo's assertRaises would take back what was committed before
            try:
                self.run_import(content)
            except Killed:
                self.env.invalidate_all()
        (cut_off,) = self.env["mfg.sync.import"].browse(taken)
        self.assertEqual((cut_off.state, self.counts(cut_off), len(self.rows())), ("begun", (1000, 0, 0), 1000))
        self.assertEqual(self.counts(self.run_import(content)), (500, 1000, 0))

    def test_who_may_not_and_what_is_too_large(self):
        content = json.dumps([self.event("1")])
        viewer = new_test_user(self.env, "imp_viewer", groups="mfg_sync.group_viewer")
        with self.assertRaises(AccessError):
            self.run_import(content, viewer)
        with self.assertRaises(AccessError), self.own_cursors():
            self.env["mfg.sync.import"].with_user(viewer)._run(
                self.endpoint, self.endpoint.system_ids, "x", content.encode()
            )
        sister = self.env["res.company"].create({"name": "Sister"})
        theirs = self.make_endpoint("mes2", company=sister)
        with self.assertRaises(AccessError):
            self.run_import(content, endpoint=theirs)
        imported = self.run_import(content)
        stranger = new_test_user(
            self.env,
            "imp_stranger",
            groups="mfg_sync.group_operator",
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        self.assertFalse(self.env["mfg.sync.import"].with_user(stranger).search([("id", "=", imported.id)]))
        with self.assertRaises(AccessError):
            imported.with_user(self.operator).write({"refused": 0})
        with self.assertRaises(AccessError):
            imported.with_user(self.operator).unlink()
        self.env["ir.config_parameter"].set_param(LIMIT, "1")
        with self.assertRaisesRegex(UserError, "larger than 1 MiB"):
            self.run_import(b"{" + b" " * 1024 * 1024)

    def test_a_limit_that_is_no_number_is_named(self):
        for limit in ("abc", "25.5", "-1", "99999999999"):
            self.env["ir.config_parameter"].set_param(LIMIT, limit)
            with self.assertRaisesRegex(UserError, f"mfg_sync.import_limit is “{limit}”: enter whole MiB"):
                self.run_import(json.dumps([self.event("1")]))
        self.env["ir.config_parameter"].set_param(LIMIT, " 5 ")
        self.assertEqual(self.run_import(json.dumps([self.event("1")])).accepted, 1)

    def test_who_asks_for_sizes_imports_the_file_all_the_same(self):
        sizes = self.endpoint.with_context(bin_size=True, bin_size_file=True)
        self.env = sizes.env
        self.assertEqual(self.run_import(json.dumps([self.event("1")])).accepted, 1)

    def test_a_copy_of_the_database_imports_nothing(self):
        self.endpoint.stamp = "production|elsewhere"
        with self.assertRaisesRegex(UserError, "copy"):
            self.run_import(json.dumps([self.event("1")]))
        self.assertFalse(self.rows())

    def test_no_program_for_tables_takes_an_id_for_a_formula(self):
        told = self.listed(self.run_import(json.dumps([self.event("=1+1")])))
        self.assertEqual(told[0]["id"], "'=1+1")
