"""Ten thousand bad requests: each is refused as a problem, none breaks the reader."""

import json
import random

from sync_protocol import cloudevents, strict_json
from sync_protocol.errors import Problem

SEED = 20261123
PIECES = [
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"true", b"NaN", b"1e999", b"-0", b"1.5", b"\\u0000", b"\\ud800",
    b"\xff", b"\xef\xbb\xbf", b"\x00", b'"id"', b'"specversion":"1.0"', b'"time":"2026"', b"[" * 50, b"9" * 60,
    b" ", b"\n",
]  # fmt: skip
WEIRD = [
    None, True, 0, -1, 10**30, 1.5, "", " ", "x" * 2000, "\u0000", "ü", [], {}, [[]], {"a": {}}, "2026-13-40T99:99:99Z",
    "1.0", "a.v1", "QQ==", "%00", "\u2028",
]  # fmt: skip
NAMES = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "data",
    "data_base64",
    "datacontenttype",
    "x",
    "X",
    "ü",
]
TYPES = [
    cloudevents.STRUCTURED,
    cloudevents.BATCH,
    "application/json",
    "text/xml",
    "",
    None,
    "application/cloudevents-x",
]


def body(dice):
    kind = dice.randrange(3)
    if kind == 0:
        return b"".join(dice.choices(PIECES, k=dice.randrange(12)))
    event = {"specversion": "1.0", "id": "1", "source": "urn:x", "type": "a.v1", "data": {}}
    for name in dice.sample(NAMES, dice.randrange(1, 4)):
        event[name] = dice.choice(WEIRD)
    text = json.dumps([event, dice.choice(WEIRD)] if dice.random() < 0.3 else event).encode()
    if kind == 1:
        return text
    cut = dice.randrange(len(text))
    return text[:cut] + dice.choice(PIECES) + text[cut + dice.randrange(3) :]


def test_nothing_but_a_problem_comes_out():
    dice, refused, accepted = random.Random(SEED), 0, 0
    for _number in range(10_000):
        given = body(dice)
        headers = {f"ce-{dice.choice(NAMES)}": str(dice.choice(WEIRD)) for _each in range(dice.randrange(4))}
        try:
            _mode, events = cloudevents.read(given, dice.choice(TYPES), headers)
            for event in events:
                checked = cloudevents.check(event)
                cloudevents.split_type(checked["type"])
                again = strict_json.loads(strict_json.dumps(checked.get("data")))
                assert strict_json.canonical(again) == strict_json.canonical(checked.get("data"))
            accepted += 1
        except Problem as problem:
            refused += 1
            assert 400 <= problem.status < 500 and problem.title
            json.dumps(problem.to_dict())
    assert refused > 5000 and accepted > 10
