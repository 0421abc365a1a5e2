"""What differs between two contents, field by field, as people compare them."""

from ..protocol import strict_json


def between(before, after, pointer=""):
    """:return: a list of ``(JSON Pointer, before, after)``; None stands for what is not there"""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [
            found for key in keys for found in between(before.get(key), after.get(key), f"{pointer}/{_escaped(key)}")
        ]
    if isinstance(before, list) and isinstance(after, list):
        length = max(len(before), len(after))
        before, after = ([*values, *[None] * (length - len(values))] for values in (before, after))
        return [
            found
            for index, pair in enumerate(zip(before, after, strict=True))
            for found in between(*pair, f"{pointer}/{index}")
        ]
    # as they are written canonically: 5 and 5.0 are the same, true and 1 are not
    if strict_json.canonical(before) == strict_json.canonical(after):
        return []
    return [(pointer or "/", before, after)]


def _escaped(key):
    return str(key).replace("~", "~0").replace("/", "~1")
