"""What a kind of message says about itself with JSON Pointers: lane, scope, keys and the sentence for people."""

import re
from decimal import Decimal

from .lanes import bounded

_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$")
_BRACES = re.compile(r"\{([a-z0-9_/]+)\}", re.IGNORECASE)


def get(data, pointer):
    """The value at a JSON Pointer (RFC 6901, without ~ escapes), or None."""
    for part in pointer.lstrip("/").split("/"):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def text(value):
    """A value as a word of a key: without spaces around it, as what it names is looked up (models/resolver.py)."""
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (list, dict)):
        return ""
    return str(value).strip()


def key(kind_name, data, pointers, occurred=None):
    """``kind:value|value`` of a business key; None when a part of it is missing (then the key does not apply).

    A pointer that ends in ``?`` may be missing: the release of an order belongs to its key where there is one.
    """
    if not pointers or not isinstance(data, dict):
        return None
    values = [
        occurred.isoformat() if pointer == "@occurred" and occurred else text(get(data, pointer.rstrip("?")))
        for pointer in pointers
    ]
    if not all(value or pointer.endswith("?") for value, pointer in zip(values, pointers, strict=True)):
        return None
    return bounded(f"{kind_name}:" + "|".join(map(_escaped, values)))


def _escaped(value):
    """So that no part of one fact runs into the next one's."""
    return value.replace("\\", "\\\\").replace("|", "\\|")


def renamed(key, kind_name, names):
    """A key that begins with a document, as it would be if its sender had called that by its other names.

    :param list names: all names of the document, the one that was used among them
    """
    words = [f"{kind_name}:{_escaped(name)}" for name in names]
    used = next((word for word in words if key == word or key.startswith(f"{word}|")), None)
    return [word + key[len(used) :] for word in words if word != used] if used else []


def scope(data, pointers):
    """``operation=10`` … of the part of the document a message speaks of; empty: of the whole.

    An entry that is no pointer stands for itself: ``output`` is the part of an order that all its reports are about.
    """
    parts = [(pointer, text(get(data, pointer)) if pointer.startswith("/") else None) for pointer in pointers or ()]
    return "|".join(
        pointer if value is None else f"{pointer.strip('/')}={value}" for pointer, value in parts if value != ""
    )


def in_sentence(template):
    """The pointers in braces."""
    return _BRACES.findall(template or "")


def sentence(template, data):
    """The summary of a message, e.g. ``Weld of WH/MO/00012 completed: 5 good``; missing values become …"""
    if not template:
        return ""
    return _BRACES.sub(lambda match: _told(get(data, match[1])) or "…", template)[:250]


def _told(value):
    """As people write it: a moment without seconds, with the offset its sender gave."""
    moment = _MOMENT.match(value) if isinstance(value, str) else None
    if not moment:
        return text(value)
    return f"{moment[1]} {moment[2]} {'UTC' if moment[5] in 'Zz' else moment[5]}"
