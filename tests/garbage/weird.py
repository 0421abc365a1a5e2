"""What no plant would say: values, and JSON that Python's own writer would refuse to write."""

import json

from hypothesis import strategies as st


class Raw(str):
    """A piece of JSON text as it is, valid or not."""


class Twice(tuple):
    """Pairs of an object whose keys may stand twice."""


def written(value):
    """JSON text of a value with Raw and Twice in it; lone surrogates are escaped, as JSON can."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Twice):
        return "{" + ",".join(f"{json.dumps(key)}:{written(item)}" for key, item in value) + "}"
    if isinstance(value, dict):
        return written(Twice(value.items()))
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def as_bytes(value):
    return written(value).encode("utf-8", "surrogatepass")


#: no JSON at all, or none that we take
TOKENS = tuple(
    map(
        Raw,
        (
            "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e31", "1e-400", "9" * 60, "0." + "3" * 60, "1.", "01",
            "+1", "0x1F", "'x'", "undefined", "", '"\\x"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"',
            '"\t"', '"', "[" * 33 + "]" * 33, "[" * 5000, '{"a":' * 40 + "1" + "}" * 40, "{1:2}", "[1,]", '{"a":1,}',
            "// x", "/* */ 1",
        ),
    )
)  # fmt: skip
TIMES = (
    "2026-02-30T00:00:00Z", "2026-13-40T99:99:99Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59Z", "2026-03-02T06:00:00", "2026-03-02", "1772431200", "2026-03-02T24:00:00Z",
    "2026-03-02T06:00:60Z", "2026-03-02T06:00:00+99:99", "２０２６-03-02T06:00:00Z", "02.03.2026 06:00", "yesterday",
    "2199-12-31T23:59:59-23:59", "2026-03-02T06:00:00.1234567890123456789Z", "-2026-03-02T06:00:00Z", "",
)  # fmt: skip
TEXTS = (
    "", " ", "\t\n", "ü", "🚲", "\u2028", "\u202e", "\ufeff", "\ufffe", "\x7f", "\x1b[31m", "x" * 257, "x" * 600,
    "x" * 1025, "ä" * 513, "🚲" * 300, "x" * 70_000, "../../etc/passwd", "'; DROP TABLE mfg_sync_message; --",
    "%s %(x)s {} {0}", "<script>alert(1)</script>", "${jndi:ldap://127.0.0.1/x}", "None", "null", "NaN", "1e400",
    "1,5", "-1", "\\", '"', "a|b", "a:b", "product.product,1", "1:item:X",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**29, -(10**29), 10**39, 10**400, 1e30, 1e29, 1e-30, 0.1, -0.0, 1e15)
SHAPES = (None, True, False, [], {}, [[]], [None], {"": None}, {"a": {}}, [{}] * 50, Twice([("a", 1), ("a", 2)]))

#: any of them, and whatever hypothesis thinks of
values = st.one_of(
    st.sampled_from(TOKENS),
    st.sampled_from(TIMES),
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.sampled_from(SHAPES),
    st.text(max_size=40),
    st.integers(),
    st.floats(),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=8,
    ),
)
#: values that are JSON as we take it, so that what they stand in is not refused for the token alone
readable = values.filter(lambda value: not isinstance(value, (Raw, Twice)))


def places(value, path=()):
    """Paths of all that is in a JSON value, itself last."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))
    yield path


def changed(value, path, change):
    """A copy with ``change(what stands at the path)`` there."""
    if not path:
        return change(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], change)
    return copy


@st.composite
def damaged(draw, sound, strategy=values):
    """A JSON value with one to three things wrong: replaced, left out, added, or standing twice."""
    for _each in range(draw(st.integers(1, 3))):
        if not isinstance(sound, (dict, list)) or not sound:
            return draw(strategy)
        path = draw(st.sampled_from(list(places(sound))))
        kind = draw(st.sampled_from(("replace", "replace", "leave out", "add", "twice")))
        if kind == "replace":
            new = draw(strategy)
            sound = changed(sound, path, lambda _old, new=new: new)
        elif kind == "leave out" and path:
            sound = changed(sound, path[:-1], lambda old, key=path[-1]: _without(old, key))
        elif kind == "add":
            name, new = draw(st.text(max_size=10)), draw(strategy)
            owner = path if isinstance(_at(sound, path), dict) else path[:-1]
            sound = changed(sound, owner, lambda old, name=name, new=new: _with(old, name, new))
        elif isinstance(sound, dict) and strategy is values:
            return Twice([*sound.items(), draw(st.sampled_from(list(sound.items())))])
    return sound


@st.composite
def retold(draw, sound):
    """A JSON value with one to three leaves that are odd, but of the same type: what a schema often lets through."""
    leaves = [path for path in places(sound) if not isinstance(_at(sound, path), (dict, list))]
    for path in draw(st.lists(st.sampled_from(leaves), min_size=1, max_size=3)):
        old = _at(sound, path)
        if isinstance(old, str):
            strategy = st.sampled_from([text for text in (*TEXTS, *TIMES) if len(text) < 130]) | st.text(max_size=60)
        elif isinstance(old, bool):
            strategy = st.booleans()
        else:
            strategy = st.sampled_from(NUMBERS) | st.integers(0, 10**9) | st.floats(0, 1e12, allow_nan=False)
        new = draw(strategy)
        sound = changed(sound, path, lambda _old, new=new: new)
    return sound


def _at(value, path):
    for key in path:
        value = value[key]
    return value


def _without(old, key):
    if isinstance(old, dict):
        return {name: item for name, item in old.items() if name != key}
    return [item for number, item in enumerate(old) if number != key]


def _with(old, name, new):
    if isinstance(old, dict):
        return {**old, name: new}
    return [*old, new] if isinstance(old, list) else new


PIECES = (
    b"", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b'"', b"{", b"}", b"[", b"]", b",",
    b":", b"\\", b"null", b"NaN", b"1e400", b"-", b"9" * 50, b"\\u0000", b"\\ud800", b"\r\n", b"<a/>", b"*", b"~", b">",
    b"HL", b"ISA*", b"UNB+", b"'", "é²".encode(),
)  # fmt: skip


def garbled(data, dice, times):
    """Bytes replaced, dropped, repeated and moved; now and then a whole piece is gone."""
    for _each in range(times):
        place, end = sorted(dice.randrange(len(data) + 1) for _each in range(2))
        kind = dice.random()
        if kind < 0.5:
            data = data[:place] + dice.choice(PIECES) + data[place + dice.randrange(2) :]
        elif kind < 0.65:
            data = data[:place] + data[place + dice.randrange(1, 4) :]
        elif kind < 0.8:
            data = data[:place]
        elif kind < 0.9:
            data = data[:place] + data[end:]
        else:
            data = data[:end] + data[place:]
    return data


def wrongly_encoded(text):
    """The same text in encodings that JSON over HTTP is not in."""
    return [text.encode(name, "replace") for name in ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp500")] + [
        b"\xef\xbb\xbf" + text.encode(),
        b"\xff\xfe" + text.encode(),
        text.encode() + b"\x00",
        text.encode()[:-1] + b"\xc3",
    ]
