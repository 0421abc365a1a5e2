"""A steward says which record of ours an id of theirs means."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from .. import compat
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestMatch(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steward = new_test_user(cls.env, "mat_steward", groups="mfg_sync.group_steward,stock.group_stock_user")
        cls.customer = cls.env["res.partner"].create({"name": "Customer of old"})
        cls.matches = cls.env["mfg.sync.binding"].with_user(cls.steward)

    def match(self, external_id="K-1", record=None):
        record = record or self.partner
        values = {
            "endpoint_id": self.endpoint.id,
            "system_id": self.endpoint.system_ids.id,
            "company_id": self.env.company.id,
            "entity": "partner",
            "external_id": external_id,
            "record": f"res.partner,{record.id}",
        }
        return self.matches.create(values)

    def test_an_id_whose_record_was_deleted_can_be_matched_anew(self):
        old = self.match(record=self.customer)
        self.customer.unlink()
        new = self.match()
        self.assertFalse(old.exists())
        self.assertEqual((new.record, new.record_name), (self.partner, "Bench"))
        # nor where another match gets that id
        gone = self.match("K-2", self.env["res.partner"].create({"name": "Short visit"}))
        gone.record.sudo().unlink()
        new.external_id = "K-2"
        self.assertFalse(gone.exists())
        # and where the code that knew such records was uninstalled
        self.env.cr.execute("UPDATE mfg_sync_binding SET res_model = 'gone.model' WHERE id = %s", [new.id])
        new.invalidate_recordset()
        self.assertFalse(new.record_name)
        self.assertEqual(self.match("K-2").record, self.partner)

    def test_who_works_in_one_company_makes_a_match_from_the_list(self):
        with Form(self.matches) as form:
            form.endpoint_id = self.endpoint
            self.assertEqual(form.system_id, self.endpoint.system_ids)
            form.entity = "partner"
            self.assertEqual(form.res_model, "res.partner")
            form.external_id = "K-1"
            form.record = f"res.partner,{self.partner.id}"
        made = self.matches.search([("external_id", "=", "K-1")])
        self.assertEqual((made.record, made.company_id), (self.partner, self.env.company))

    def test_who_works_in_several_companies_sees_whose_match_it_is(self):
        self.steward[compat.user_groups_field()] = [(4, self.env.ref("base.group_multi_company").id)]
        with Form(self.matches) as form:
            form.endpoint_id = self.endpoint
            self.assertEqual(form.company_id, self.env.company)
            form.entity = "partner"
            form.external_id = "K-1"
            form.record = f"res.partner,{self.partner.id}"
        self.assertEqual(self.matches.search([("external_id", "=", "K-1")]).company_id, self.env.company)

    def test_what_an_archived_system_has_told_is_matched_for_that_system(self):
        archived = self.endpoint.system_ids.copy({"source": "urn:old"})
        archived.active = False
        context = {"default_endpoint_id": self.endpoint.id, "default_system_id": archived.id}
        with Form(self.matches.with_context(**context)) as form:
            self.assertEqual(form.system_id, archived)
            form.entity = "partner"
            form.external_id = "K-1"
            form.record = f"res.partner,{self.partner.id}"
        self.assertEqual(self.matches.search([("external_id", "=", "K-1")]).system_id, archived)

    def test_kinds_of_records_are_called_as_people_call_them(self):
        words = dict(self.matches._selection_entity())
        self.assertEqual(words["item"], "Item")
        with patch.object(type(self.env["mfg.sync.resolver"]), "_entity_words", lambda resolver: {}):
            self.assertEqual(dict(self.matches._selection_entity())["item"], self.env["product.product"]._description)
        match = self.match()
        for attempt in (lambda: match.write({"entity": "nonsense"}), lambda: match.copy({"entity": ["item"]})):
            with self.assertRaisesRegex(ValidationError, "no kind of record .*item"):
                attempt()
        # its addon is gone, the match is not: the list and the form still open
        self.env.cr.execute("UPDATE mfg_sync_binding SET entity = 'voyage' WHERE id = %s", [match.id])
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        self.assertIn(("voyage", "voyage"), self.matches.fields_get(["entity"])["entity"]["selection"])

    def test_who_chooses_another_kind_of_record_chooses_the_record_anew(self):
        match, item = self.match(), self.env["product.product"].search([], limit=1)
        with self.assertRaisesRegex(AssertionError, "record.* is a required field"), Form(match) as form:
            form.entity = "item"
        with Form(match) as form:
            form.entity = "item"
            self.assertEqual(form.res_model, "product.product")
            form.record = f"product.product,{item.id}"
        self.assertEqual(match.record, item)

    def test_who_matches_an_id_that_stands_reads_with_which_record(self):
        standing = self.match(record=self.customer)
        other = self.match("K-2")
        context = {f"default_{name}": standing[name].id for name in ("endpoint_id", "system_id", "company_id")}
        context |= {"default_entity": "partner", "default_external_id": "K-1"}
        for attempt in (
            self.match,
            lambda: other.write({"external_id": "K-1"}),
            lambda: self.matches.with_context(**context).create({"record": f"res.partner,{self.partner.id}"}),
        ):
            with self.assertRaisesRegex(ValidationError, "Partner K-1 of mes1 means Customer of old already"):
                attempt()
        with self.assertRaisesRegex(ValidationError, "K-3 is to be matched 2 times"):
            (standing | other).write({"external_id": "K-3"})
        with Form(standing) as form:
            form.record = f"res.partner,{self.partner.id}"
        standing.external_id = "K-1"
        self.assertEqual((standing.record, other.external_id), (self.partner, "K-2"))

    def test_a_match_with_what_is_no_record_is_refused_in_words(self):
        match = self.match()
        known = {
            "endpoint_id": self.endpoint.id,
            "system_id": self.endpoint.system_ids.id,
            "company_id": self.env.company.id,
            "entity": "partner",
            "external_id": "K-9",
        }
        for record in (
            "product.product,abc",
            "no.model,5",
            "mail.thread,1",
            f"res.partner,{10**12}",
            "res.partner,-1",
            f"res.partner,{'9' * 5000}",
        ):
            for attempt in (
                lambda record=record: self.matches.create({**known, "record": record}),
                lambda record=record: match.write({"record": record}),
            ):
                with self.assertRaisesRegex(ValidationError, f"matched with {record}: there is no such record"):
                    attempt()
        for values in ({"res_model": "no.model"}, {"res_id": 10**12}, {"res_id": "abc"}):
            with self.assertRaisesRegex(ValidationError, "no such record"):
                match.write(values)
        for nothing in ({"record": "product.product"}, {"record": False}, {"record": 5}):
            with self.assertRaisesRegex(ValidationError, "Choose the record"):
                match.write(nothing)
        self.assertEqual(match.record, self.partner)
