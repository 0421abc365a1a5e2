"""The pages of the kinds of messages say what the schemas say, and the examples in them are true."""

import json

import jsonschema_rs
import pytest
from mfg_setup import message_docs
from mfg_setup.layout import ADDONS, ROOT

SCHEMAS = sorted(path for addon in ADDONS for path in (ROOT / addon / "schemas").glob("*.json"))


def test_every_page_is_up_to_date():
    stale = message_docs.write(ROOT, check=True)
    assert not stale, "run ./setup/docs: " + ", ".join(path.name for path in stale)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_has_examples_that_it_accepts(path):
    schema = json.loads(path.read_text())
    validator = jsonschema_rs.validator_for({key: value for key, value in schema.items() if key != "x-mfg-sync"})
    assert schema["title"] and schema["description"] and schema["examples"]
    for example in schema["examples"]:
        validator.validate(example)
