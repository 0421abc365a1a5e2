"""JSON as we accept it, and the canonical bytes that two equal facts share.

Source: RFC 8259, with duplicate keys, NaN and Infinity refused and decimals kept exact.
"""

import hashlib
import json
from decimal import Context, Decimal, InvalidOperation

from .errors import Problem

MAX_DEPTH = 32
#: a number longer than this is no quantity of a plant, but an attack on the parser
MAX_DIGITS = 40
#: and one beyond 10^±30 is none either
MAX_EXPONENT = 30
_EXACT = Context(prec=2 * MAX_DIGITS)
#: what json.dumps makes of a text, without what it decides first
_quoted = json.encoder.encode_basestring


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
    """Compact JSON with Decimals written as numbers, exactly, in the order given.

    :raises ValueError: NaN or Infinity
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_number)
    except _Inexact:
        # json writes numbers by way of float, which is too coarse for one of these
        return _written(value, list)


def canonical(value):
    """Sorted JSON with normalized decimals: 5, 5.0 and 5.00 are the same quantity."""
    return _written(value, sorted)


def content_hash(*parts):
    """SHA-256 (hex) of the canonical form of what makes the content of a message."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()


def _problem(detail):
    return Problem(400, "json", "The body is not valid JSON", detail)


def _decimal(text):
    if len(text) > MAX_DIGITS:
        raise _problem(f"a number has more than {MAX_DIGITS} characters")
    try:
        value = Decimal(text)
    except InvalidOperation:
        # an exponent that is too large even for a Decimal
        raise _out_of_range(text) from None
    if value.is_nan() or value.is_infinite() or abs(value.adjusted()) > MAX_EXPONENT:
        raise _out_of_range(text)
    if len(_in_digits(value)) > MAX_DIGITS:
        # what is accepted is written into the ledger, and must be read from there
        raise _problem(f"the number {text} has more than {MAX_DIGITS} characters when it is written out")
    return value


def _out_of_range(text):
    return _problem(f"the number {text} is out of range")


def _integer(text):
    if len(text) > MAX_DIGITS:
        raise _problem(f"a number has more than {MAX_DIGITS} characters")
    return int(text)


def _constant(text):
    raise _problem(f"{text} is not a JSON number")


def _object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        seen = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))
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


class _Inexact(Exception):
    """A Decimal that no float holds."""


def _number(value):
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} can't be written as JSON")
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value:
        raise _Inexact
    return float(value)


def _written(value, order):
    """The JSON of a value, objects in the order given (``sorted`` or ``list`` of their keys).

    Each message is written so twice or thrice, in a request or while somebody waits for his save.
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quoted(key)}:{_written(value[key], order)}" for key in order(value)]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_written(item, order) for item in value]) + "]"
    if isinstance(value, (Decimal, int, float)) and not isinstance(value, bool):
        number = Decimal(str(value))
        if not number.is_finite():
            raise ValueError("NaN and Infinity are not JSON")
        return _in_digits(number)
    return json.dumps(value, ensure_ascii=False)


def _in_digits(number):
    """A number as text, exactly and always in the same way: with an exponent only where :func:`loads` would not take it
    otherwise, for all its zeros."""
    if not number:
        return "0"
    number = _EXACT.normalize(number)
    text = f"{number:f}"
    return text if len(text) <= MAX_DIGITS else f"{number:e}"
