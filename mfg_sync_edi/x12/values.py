"""Values between X12's data types and JSON: decimals as plain strings, dates and times as ISO 8601.

Source: ASC X12.6 (004010), data element types N, R, DT, TM. Dates have eight digits from 004010 on, six before.
"""

import datetime
import re
from decimal import Decimal

from .errors import X12Error, shown

# X12 numbers have at most 18 digits (element 782, monetary amount); more would be a mistake, or an attack.
_REAL = re.compile(r"-?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_TIME = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})?(?:[0-9]{1,2})?")
_CENTURY_TURN = 70


def plain(number):
    """A Decimal as string without exponent and without zeros that say nothing."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def required(segment, number, what):
    """The text of an element that must be there."""
    text = segment.get(number)
    if not text:
        raise _wrong(segment, number, f"{what} is missing", code="1")
    return text


def number_of(segment, number, what, *, mandatory=False):
    """A type R element as decimal string, "" when absent."""
    text = required(segment, number, what) if mandatory else segment.get(number)
    if not text:
        return ""
    if not _REAL.fullmatch(text) or len(text) > 20:
        raise _wrong(segment, number, f"{what} {shown(text)} is not a number", code="6", value=text)
    return plain(Decimal(text))


def amount_of(segment, number, what, *, mandatory=False):
    """A type N2 element (two implied decimals: 1050 is 10.5) as decimal string, "" when absent."""
    text = required(segment, number, what) if mandatory else segment.get(number)
    if not text:
        return ""
    if not _WHOLE.fullmatch(text):
        raise _wrong(
            segment,
            number,
            f"{what} {shown(text)} is not a whole number of hundredths",
            code="6",
            value=text,
            expected="digits without a point (1050 means 10.50)",
        )
    return plain(Decimal(text).scaleb(-2))


def date_of(segment, number, what, version="004010", *, mandatory=False):
    """A type DT element as YYYY-MM-DD, "" when absent; six digits are taken in releases before 004010."""
    text = required(segment, number, what) if mandatory else segment.get(number)
    if not text:
        return ""
    found = parse_date(text, short=version[:4] < "0040")
    if not found:
        raise _wrong(segment, number, f"{what} {shown(text)} is not a date", code="8", value=text, expected="CCYYMMDD")
    return found


def time_of(segment, number, what, *, mandatory=False):
    """A type TM element as HH:MM or HH:MM:SS, "" when absent."""
    text = required(segment, number, what) if mandatory else segment.get(number)
    if not text:
        return ""
    found = parse_time(text)
    if not found:
        raise _wrong(
            segment, number, f"{what} {shown(text)} is not a time", code="9", value=text, expected="HHMM or HHMMSS"
        )
    return found


def parse_date(text, *, short=False):
    """CCYYMMDD, or with `short` also YYMMDD, as ISO date; "" when it is none."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{6}", text) or (len(text) == 6 and not short):
        return ""
    if len(text) == 6:
        text = ("20" if int(text[:2]) < _CENTURY_TURN else "19") + text
    try:
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return ""


def parse_time(text):
    """HHMM, HHMMSS or with decimals of seconds (dropped) as ISO time; "" when it is none."""
    found = _TIME.fullmatch(text)
    if not found or len(text) == 5 or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return ""
    return ":".join(part for part in found.groups() if part)


def number_text(value, segment_id, element, what):
    """A decimal (string, int or Decimal) as type R."""
    return plain(_decimal(value, segment_id, element, what))


def amount_text(value, segment_id, element, what):
    """A decimal as type N2; a third decimal is refused, as rounding is not the codec's to decide."""
    hundredths = _decimal(value, segment_id, element, what) * 100
    if hundredths != hundredths.to_integral_value():
        raise X12Error(
            f"{what} {shown(value)} has more than two decimals",
            segment=segment_id,
            element=element,
            value=str(value),
            expected="an amount rounded to two decimals",
        )
    return plain(hundredths)


def date_text(value, segment_id="", element=0, what="date"):
    """An ISO date as CCYYMMDD."""
    try:
        return datetime.date.fromisoformat(value).strftime("%Y%m%d").zfill(8)
    except (TypeError, ValueError):
        raise X12Error(
            f"{what} {shown(value)} is not a date", segment=segment_id, element=element, expected="YYYY-MM-DD"
        ) from None


def time_text(value, segment_id="", element=0, what="time"):
    """An ISO time (HH:MM or HH:MM:SS) as HHMM or HHMMSS."""
    text = str(value).replace(":", "")
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", str(value)) or not parse_time(text):
        raise X12Error(
            f"{what} {shown(value)} is not a time", segment=segment_id, element=element, expected="HH:MM or HH:MM:SS"
        )
    return text


def _decimal(value, segment_id, element, what):
    text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if isinstance(value, Decimal) and value.is_finite():
        text = plain(value)
    if not _REAL.fullmatch(text):
        raise X12Error(
            f"{what} {shown(value)} is not a number",
            segment=segment_id,
            element=element,
            value=str(value),
            expected="a decimal as string",
        )
    return Decimal(text)


def _wrong(segment, number, problem, **more):
    return X12Error(problem, segment=segment.id, position=segment.position, element=number, **more)
