"""What is wrong with a kind of message's schema file, told at install to whoever wrote it."""

import json
import re

import jsonschema_rs

from . import pointers

BLOCK = "x-mfg-sync"
NEEDED = ("type", "version", "direction")
DAYS = ("payload_days", "row_days", "legal_days")
KNOWN = {
    *NEEDED,
    *("pattern", "handler", "builder", "document", "lane", "scope", "closing", "business_key", "look_alike"),
    *("subject", "totals", "groups", "patience_hours", "summary", *DAYS),
}
LISTS = ("scope", "business_key", "look_alike", "subject", "groups")
ROLES = {"in": "handler", "out": "builder"}
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_MAJOR = re.compile(r"\.v\d+$")


class SchemaError(ValueError):
    """Names the file and the key; for developers, so it is not translated."""


def read(path, text):
    """The schema in the text of a file.

    :raises SchemaError: it is no JSON, or no JSON Schema
    """
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise SchemaError(f"{path}: this is no JSON: {error}") from error
    try:
        jsonschema_rs.validator_for(schema)
    except ValueError as error:
        raise SchemaError(f"{path}: this is no JSON Schema: {error}") from error
    return schema


def check(env, path, schema):
    """:raises SchemaError: names the first key that is missing or points to nothing"""
    for key, problem in _problems(env, schema):
        raise SchemaError(f"{path}: {key}: {problem}")


def _problems(env, schema):
    if not schema.get("title"):
        yield "title", "is missing"
    block = schema.get(BLOCK)
    if not isinstance(block, dict):
        yield BLOCK, "is missing; see docs/adding-a-message-type.md"
        return
    # each of these relies on what those before it have looked at
    for look in (_shape, _values, _names, _pointers):
        for key, problem in look(env, schema, block):
            yield f"{BLOCK}.{key}", problem
    validator = jsonschema_rs.validator_for(schema)
    for number, example in enumerate(schema.get("examples", ())):
        for error in validator.iter_errors(example):
            place = "".join(f"/{part}" for part in error.instance_path)
            yield f"examples/{number}{place}", error.message


def _shape(_env, _schema, block):
    for key in NEEDED:
        if key not in block:
            yield key, "is missing"
    for key in sorted(set(block) - KNOWN):
        yield key, f"is not known; known are {', '.join(sorted(KNOWN))}"
    for key in DAYS:
        if key in block and not (isinstance(block[key], int) and block[key] >= 0):
            yield key, f"is {block[key]!r}, and must be a number of days"
        elif key in block and 0 < block[key] < block.get("legal_days", 0):
            yield key, f"is {block[key]}, fewer than legal_days ({block['legal_days']})"
    if block.get("direction") not in ROLES:
        yield "direction", f"is {block.get('direction')!r}, and must be 'in' or 'out'"
    lane = block.get("lane")
    if lane is not None and not (isinstance(lane, dict) and set(lane) == {"entity", "pointer"}):
        yield "lane", 'must be like {"entity": "production", "pointer": "/order"}'
    if block.get("closing") and block.get("scope"):
        yield "scope", "must not be there: what closes a document speaks of the whole of it"


def _values(env, _schema, block):
    for key in LISTS:
        if not isinstance(block.get(key, []), list) or not all(isinstance(each, str) for each in block.get(key, ())):
            yield key, f"is {block[key]!r}, and must be a list of texts"
    if not isinstance(block["version"], int) or block["version"] < 1:
        yield "version", f"is {block['version']!r}, and must be a number from 1"
    if not isinstance(block["type"], str) or not _NAME.fullmatch(block["type"]) or _MAJOR.search(block["type"]):
        yield "type", f"is {block['type']!r}, and must be words with dots between, without the version"
    if not isinstance(block.get("summary", ""), str):
        yield "summary", f"is {block['summary']!r}, and must be a text"
    if "patience_hours" in block and not (isinstance(block["patience_hours"], int) and block["patience_hours"] > 0):
        yield "patience_hours", f"is {block['patience_hours']!r}, and must be a number of hours"
    patterns = [value for value, _label in env["mfg.sync.message.type"]._fields["pattern"].selection]
    if block.get("pattern", "event") not in patterns:
        yield "pattern", f"is {block['pattern']!r}, and must be one of {', '.join(patterns)}"
    if block.get("pattern", "event") == "event" and "subject" in block:
        yield "subject", "must not be there: events tell facts, and of each fact"


def _names(env, _schema, block):
    role = ROLES.get(block.get("direction"))
    if role:
        model = block.get(role)
        if not model:
            yield role, f"is missing; what goes {block['direction']} needs it"
        elif model not in env:
            yield role, f"there is no model {model}; is its file imported in {role}s/__init__.py?"
    if block.get("direction") == "out" and block.get("pattern") == "state" and not block.get("document"):
        yield "document", "is missing; a full run of a schedule tells all records of this model"
    if block.get("document") and block["document"] not in env:
        yield "document", f"there is no model {block['document']}; does the addon depend on the one that has it?"
    for group in block.get("groups", ()):
        if not env.ref(group, raise_if_not_found=False):
            yield "groups", f"there is no group {group}"


def _pointers(_env, schema, block):
    named = [
        (key, pointer) for key in ("scope", "business_key", "look_alike", "subject") for pointer in block.get(key, ())
    ]
    if isinstance(block.get("lane"), dict) and "pointer" in block["lane"]:
        named.append(("lane.pointer", block["lane"]["pointer"]))
    for key, pointer in named:
        word = key == "scope" or pointer == "@occurred"
        if not pointer.startswith("/"):
            if not word:
                yield key, f"{pointer} is no pointer: it must begin with /"
        elif not _has(schema, pointer.removesuffix("?")):
            yield key, f"{pointer} is not in the schema's properties"
    for pointer in pointers.in_sentence(block.get("summary")):
        if not _has(schema, pointer):
            yield "summary", f"{{{pointer}}} is not in the schema's properties"


def _has(schema, pointer):
    """Whether data may have something there; yes where the schema does not say what there is."""
    here = schema
    for part in pointer.strip("/").split("/"):
        if "$ref" in here:
            return True
        if part.isdigit() and "items" in here:
            here = here["items"]
        elif "properties" not in here:
            return here.get("type", "object") == "object"
        elif part in here["properties"]:
            here = here["properties"][part]
        else:
            return False
        if not isinstance(here, dict):
            return True
    return True
