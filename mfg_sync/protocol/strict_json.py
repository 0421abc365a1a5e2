"""JSON as we accept it, and the canonical bytes that two equal facts share.

Source: standards.md c (RFC 8259 with duplicate keys, NaN and Infinity refused, decimals kept exact).
"""
import hashlib
import json
from decimal import Decimal

from .errors import Problem

MAX_DEPTH = 32
#: a number longer than this is no quantity of a plant, but an attack on the parser
MAX_DIGITS = 40


def loads(body):
    """Parse the bytes or text of a JSON document; numbers with a point come as Decimal.

    :raises Problem: 400, with the place where parsing stopped
    """
    try:
        text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    except UnicodeDecodeError as error:
        raise _problem(f"the body is not UTF-8 (byte {error.start})") from None
    try:
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise _problem(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise _problem(f"nested deeper than {MAX_DEPTH} levels") from None
    _check(value)
    return value


def dumps(value):
    """Compact JSON with Decimals written as numbers, in the order given."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def canonical(value):
    """Sorted JSON with normalized decimals: 5, 5.0 and 5.00 are the same quantity."""
    return json.dumps(_normal(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def content_hash(*parts):
    """SHA-256 (hex) of the canonical form of what makes the content of a message."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()


def _problem(detail):
    return Problem(400, "json", "The body is not valid JSON", detail)


def _decimal(text):
    if len(text) > MAX_DIGITS:
        raise _problem(f"a number has more than {MAX_DIGITS} characters")
    value = Decimal(text)
    if value.is_nan() or value.is_infinite() or abs(value.adjusted()) > MAX_DIGITS:
        raise _problem(f"the number {text} is out of range")
    return value


def _integer(text):
    if len(text) > MAX_DIGITS:
        raise _problem(f"a number has more than {MAX_DIGITS} characters")
    return int(text)


def _constant(text):
    raise _problem(f"{text} is not a JSON number")


def _object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _problem(f"the key {twice[:80]!r} stands twice in one object")
    return result


def _check(value, depth=0):
    if depth > MAX_DEPTH:
        raise _problem(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth + 1)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, str):
        # PostgreSQL stores neither NUL nor lone surrogates
        if "\x00" in value:
            raise _problem("a string holds the character NUL")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _problem("a string holds half of a surrogate pair") from None


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _normal(value):
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    number = Decimal(str(value)).normalize()
    return f"{number:f}" if number else "0"
