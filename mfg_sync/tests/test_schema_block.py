import copy
import json

from odoo.tests import TransactionCase, tagged

from ..engine import schema_block

GOOD = {
    "title": "Order seen",
    "type": "object",
    "properties": {"order": {"type": "string"}, "serials": {"type": "array", "items": {"type": "string"}}},
    "x-mfg-sync": {
        "type": "test.order.seen",
        "version": 1,
        "direction": "in",
        "handler": "mfg.sync.handler.test",
        "document": "res.partner",
        "lane": {"entity": "item", "pointer": "/order"},
        "scope": ["output"],
        "look_alike": ["/order", "/serials/0?", "@occurred"],
        "groups": ["base.group_user"],
        "summary": "{order} seen",
    },
}


@tagged("post_install", "-at_install", "mfg_sync")
class TestSchemaBlock(TransactionCase):
    """What is wrong with a schema stops the installation, with the file and the key."""

    def check(self, without=None, **changed):
        schema = copy.deepcopy(GOOD)
        block = schema["x-mfg-sync"]
        block.update(changed)
        block.pop(without, None)
        schema_block.check(self.env, "addon/schemas/test.json", schema)

    def test_a_good_one(self):
        self.check()

    def test_the_file_and_the_key_are_named(self):
        for text, changed in (
            (r"type: is missing", {"without": "type"}),
            (r"version: is missing", {"without": "version"}),
            (r"direction: is missing", {"without": "direction"}),
            (r"handler: is missing", {"without": "handler"}),
            (r"handler: there is no model no\.handler; .*handlers/__init__\.py", {"handler": "no.handler"}),
            (r"builder: is missing", {"direction": "out"}),
            (r"document: there is no model no\.model", {"document": "no.model"}),
            (
                r"document: is missing; a full run",
                {
                    "without": "document",
                    "direction": "out",
                    "pattern": "state",
                    "builder": "mfg.sync.builder.test",
                },
            ),
            (r"groups: there is no group base\.nobody", {"groups": ["base.nobody"]}),
            (r"lane\.pointer: /oder is not in", {"lane": {"entity": "item", "pointer": "/oder"}}),
            (r"scope: is '/order', and must be a list", {"scope": "/order"}),
            (r"groups: is 'base\.group_user', and must be a list", {"groups": "base.group_user"}),
            (r"version: is '1', and must be a number", {"version": "1"}),
            (r"type: is 'test\.seen\.v1', and must be words", {"type": "test.seen.v1"}),
            (r"summary: is \['x'\], and must be a text", {"summary": ["x"]}),
            (r"patience_hours: is '2', and must be a number", {"patience_hours": "2"}),
            (r"pattern: is 'stat', and must be one of event", {"pattern": "stat"}),
            (r"subject: must not be there", {"subject": ["/order"]}),
            (r"lane: must be like", {"lane": "/order"}),
            (r"scope: must not be there", {"closing": True, "scope": ["output"]}),
            (r"business_key: /report\? is not in", {"business_key": ["/order", "/report?"]}),
            (r"look_alike: order is no pointer", {"look_alike": ["order"]}),
            (r"summary: \{oder\} is not in", {"summary": "{oder} seen"}),
            (r"bussiness_key: is not known", {"bussiness_key": ["/order"]}),
        ):
            with (
                self.subTest(text),
                self.assertRaisesRegex(schema_block.SchemaError, r"^addon/schemas/test\.json: x-mfg-sync\." + text),
            ):
                self.check(**changed)

    def test_an_example_that_does_not_fit_is_named(self):
        with self.assertRaisesRegex(schema_block.SchemaError, r"^a/b\.json: examples/1/order: 5 is not of type"):
            schema_block.check(self.env, "a/b.json", {**GOOD, "examples": [{"order": "MO/1"}, {"order": 5}]})

    def test_the_file_of_what_is_no_schema_is_named(self):
        for text, problem in (("{", "no JSON:"), (json.dumps({"type": "nothing"}), "no JSON Schema:")):
            with self.subTest(problem), self.assertRaisesRegex(schema_block.SchemaError, f"^a/b.json: .*{problem}"):
                schema_block.read("a/b.json", text)
