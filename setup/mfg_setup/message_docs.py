"""The page of a kind of message: what people and programmers of the other side need, from its schema alone."""

import json

from .layout import ADDONS
from .steps import SetupFailure

BLOCK = "x-mfg-sync"
DIRECTIONS = {"in": "into Odoo", "out": "out of Odoo"}
PATTERNS = {
    "event": "event: a fact that happened; never dropped",
    "state": "state: the latest one counts, a later one supersedes it",
    "statement": "statement: compared with Odoo's, never booked",
}
NOTE = "<!-- written by ./setup/docs from {}; change the schema, not this page -->\n"


def write(root, check=False):
    """Bring docs/messages/ in line with the schemas.

    :param check: only look
    :return: paths that were, or with `check` are, not up to date
    """
    folder = root / "docs" / "messages"
    wanted = {folder / name: text for name, text in pages(root).items()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in folder.glob("*.md") if path not in wanted]
    if not check:
        folder.mkdir(parents=True, exist_ok=True)
        for path in stale:
            if path in wanted:
                path.write_text(wanted[path])
            else:
                path.unlink()
    return sorted(stale)


def pages(root):
    """``{file name: text}`` of all pages and their index."""
    result, rows = {}, []
    for addon in ADDONS:
        for path in sorted((root / addon / "schemas").glob("*.json")):
            schema = _read(path, path.relative_to(root))
            block = schema[BLOCK]
            name = f"{path.stem}.v{block['version']}.md"
            result[name] = _page(path.relative_to(root), schema)
            kind = f"`{block['type']}.v{block['version']}`"
            rows.append(f"| [{kind}]({name}) | {DIRECTIONS[block['direction']]} | {schema['title']} | {addon} |")
    head = ["# Kinds of messages", "", NOTE.format("the schemas of the addons").strip(), ""]
    head += ["| type | way | what it says | addon |", "| --- | --- | --- | --- |"]
    result["README.md"] = "\n".join([*head, *sorted(rows)]) + "\n"
    return result


def _read(path, name):
    try:
        schema = json.loads(path.read_text())
    except ValueError as error:
        raise SetupFailure(f"{name} is no JSON: {error}", hint="mend the file") from error
    block = schema.get(BLOCK, {})
    missing = [key for key in ("title", BLOCK) if key not in schema]
    missing += [f"{BLOCK}.{key}" for key in ("type", "version", "direction") if BLOCK in schema and key not in block]
    if missing:
        raise SetupFailure(f"{name} lacks {', '.join(missing)}", hint="see docs/adding-a-message-type.md")
    return schema


def _page(path, schema):
    block = schema[BLOCK]
    lines = [f"# {schema['title']}", "", NOTE.format(path).strip(), "", schema.get("description", ""), ""]
    lines += ["| | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in _facts(block) if value]
    lines += ["", "## Data", "", "| field | type | required | meaning |", "| --- | --- | --- | --- |"]
    lines += _fields(schema, schema)
    for example in schema.get("examples", []):
        text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
        lines += ["", "## Example", "", "```" + ("" if isinstance(example, str) else "json"), text, "```"]
    return "\n".join(lines) + "\n"


def _facts(block):
    lane = block.get("lane")
    return [
        ("CloudEvents type", f"`{block['type']}.v{block['version']}`"),
        ("way", DIRECTIONS[block["direction"]]),
        ("pattern", PATTERNS[block.get("pattern", "event")]),
        ("order", f"one after the other for each {lane['entity']} (`{lane['pointer']}`)" if lane else ""),
        ("speaks of", ", ".join(f"`{pointer}`" for pointer in block.get("scope", []))),
        ("the same fact again is known by", _key(block.get("business_key"))),
        ("looks like a repetition by", _key(block.get("look_alike"))),
        ("rights the service user needs", ", ".join(f"`{group}`" for group in block.get("groups", []))),
    ]


def _key(pointers):
    """One key, or the alternatives of which the first complete one counts."""
    if not pointers:
        return ""
    if isinstance(pointers[0], str):
        pointers = [pointers]
    return "; else ".join(", ".join(f"`{pointer}`" for pointer in key) for key in pointers)


def _fields(schema, root, prefix=""):
    lines = []
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        field = _resolved(field, root)
        label = f"{prefix}{name}"
        must = "yes" if name in required else ""
        lines.append(f"| `{label}` | {_type(field)} | {must} | {_meaning(field)} |")
        inner = _resolved(field.get("items", {}), root) if field.get("type") == "array" else field
        mark = "[]." if field.get("type") == "array" else "."
        if isinstance(inner, dict) and inner.get("properties"):
            lines += _fields(inner, root, f"{label}{mark}")
    if not lines and not prefix:
        lines.append(f"| (all of it) | {_type(schema)} | yes | {_meaning(schema)} |")
    return lines


def _resolved(field, root):
    if isinstance(field, dict) and "$ref" in field:
        found = root
        for part in field["$ref"].lstrip("#/").split("/"):
            found = found[part]
        return {**found, **{key: value for key, value in field.items() if key != "$ref"}}
    return field


def _type(field):
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    kind = field.get("type", "any")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{kind} ({field['format']})" if "format" in field else kind


def _meaning(field):
    return field.get("description", "").replace("|", "\\|").replace("\n", " ")
