"""CloudEvents 1.0 over HTTP: structured, batch and binary mode, read and written.

Source: CloudEvents 1.0.2 core specification, JSON format and HTTP binding.
"""

import base64
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote

from . import strict_json
from .errors import Problem

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
REQUIRED = ("specversion", "id", "source", "type")
#: the attributes that are columns of the ledger; the others are kept as extensions
CORE = frozenset(REQUIRED) | {"subject", "time", "datacontenttype", "dataschema", "data", "data_base64"}
MAX_ATTRIBUTE = 1024
#: bytes of what identifies an event: it is indexed, and a btree refuses entries above 2704 bytes
MAX_BYTES = {"id": 512, "source": 1024}
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_NAME = re.compile(r"[a-z0-9]{1,40}")
_TYPE = re.compile(r"(?P<name>[A-Za-z0-9_.\-]+?)(?:\.v(?P<major>[1-9][0-9]{0,3}))?")


def media_of(content_type):
    """``application/json`` of ``Application/JSON; charset=utf-8``: names of media types have no case (RFC 9110)."""
    return (content_type or "").split(";")[0].strip().lower()


def is_binary(content_type, headers):
    """Whether a request tells the attributes of its event in headers, which no signature covers."""
    return bool(headers.get("ce-specversion")) and not media_of(content_type).startswith("application/cloudevents")


def mode_of(content_type, headers):
    """``structured``, ``batch`` or ``binary``.

    :raises Problem: 415 when the request is no CloudEvent
    """
    media = media_of(content_type)
    if media.startswith("application/cloudevents-batch"):
        expected, mode = BATCH, "batch"
    elif media.startswith("application/cloudevents"):
        expected, mode = STRUCTURED, "structured"
    elif is_binary(content_type, headers):
        return "binary"
    else:
        raise Problem(
            415,
            "media-type",
            "This content type is not accepted",
            f"Got {media[:80] or 'no Content-Type'!r}; send {STRUCTURED}, {BATCH}, or ce- headers with the data's "
            "type.",
        )
    if media != expected:
        raise Problem(415, "media-type", "This content type is not accepted", f"Got {media[:80]!r}; send {expected}.")
    return mode


def read(body, content_type, headers):
    """The events of a request as ``(mode, [dict, …])``; what is inside each is not checked yet.

    :param bytes body: as received
    :param dict headers: lower-case names
    :raises Problem: 400 or 415
    """
    mode = mode_of(content_type, headers)
    if mode == "binary":
        return mode, [_binary(body, content_type, headers)]
    value = strict_json.loads(body)
    if mode == "batch":
        if not isinstance(value, list):
            raise Problem(400, "batch", "A batch is a JSON array", f"Got {_kind(value)}.")
        return mode, value
    return mode, [value]


def check(event):
    """Check the envelope of one event and return it with ``time`` as an aware datetime or None.

    :raises Problem: 400 that names the attribute
    """
    if not isinstance(event, dict):
        detail = f"Got {_kind(event)} instead of an object with the attributes of CloudEvents 1.0."
        # the pointer of the whole document is the empty one (RFC 6901)
        raise Problem(400, "envelope", "An event is a JSON object", detail, [{"pointer": "", "detail": detail}])
    # unset attributes may be written as null (CloudEvents JSON format 1.0.2, section 2.2)
    event = {name: value for name, value in event.items() if value is not None or name == "data"}
    for name in REQUIRED:
        if name not in event:
            raise _attribute(name, "is missing; it is required by CloudEvents 1.0")
    for name, value in event.items():
        if name not in ("data", "data_base64"):
            _check_attribute(name, value)
    for name in REQUIRED:
        if not event[name].strip():
            raise _attribute(name, "must not be empty")
    if event["specversion"] != "1.0":
        raise _attribute("specversion", f"must be '1.0', got {event['specversion'][:20]!r}")
    if event.get("data") is not None and "data_base64" in event:
        raise _attribute("data", "and data_base64 must not come together")
    checked = dict(event)
    if "data_base64" in event:
        checked["data"] = _base64(event["data_base64"])
        if event.get("datacontenttype") and is_json(event["datacontenttype"]):
            checked["data"] = strict_json.loads(checked["data"])
    checked["time"] = parse_time(event["time"]) if "time" in event else None
    return checked


def _check_attribute(name, value):
    if not _NAME.fullmatch(name):
        raise _attribute(name[:40], "is not a CloudEvents name (a to z and 0 to 9)")
    if name in CORE and not isinstance(value, str):
        raise _attribute(name, f"must be a string, got {_kind(value)}")
    if isinstance(value, (dict, list)):
        raise _attribute(name, "must not be an object or a list; put such values into data")
    if not isinstance(value, str):
        return
    if len(value) > MAX_ATTRIBUTE:
        raise _attribute(name, f"is longer than {MAX_ATTRIBUTE} characters")
    if len(value.encode(errors="replace")) > MAX_BYTES.get(name, 4 * MAX_ATTRIBUTE):
        raise _attribute(name, f"is longer than {MAX_BYTES[name]} bytes")
    if "\x00" in value:
        raise _attribute(name, "holds the character NUL")


def split_type(value):
    """``("mes.operation.completed", 1)`` of ``mes.operation.completed.v1``; the major is None when not said."""
    match = _TYPE.fullmatch(value)
    if not match:
        raise _attribute("type", f"{value[:80]!r} is not a name of letters, digits, dots and dashes")
    return match["name"], int(match["major"]) if match["major"] else None


def parse_time(text, name="time"):
    """RFC 3339 → aware UTC datetime; a leap second, which no clock of ours has, is the second that follows it.

    :raises Problem: 400
    """
    match = _TIME.fullmatch(text)
    try:
        if not match:
            raise ValueError
        zone = "+00:00" if match[4] in "Zz" else match[4]
        fraction = ((match[3] or ".0") + "000000")[:7]
        leaps = match[2].endswith(":60")
        clock = f"{match[2][:-2]}59" if leaps else match[2]
        moment = datetime.fromisoformat(f"{match[1]}T{clock}{fraction}{zone}").astimezone(timezone.utc)
        if leaps:
            moment += timedelta(seconds=1)
            if (moment.hour, moment.minute) != (0, 0):
                # there is one only at the end of a day in UTC
                raise ValueError
    except (ValueError, OverflowError):
        raise _attribute(name, f"{text[:40]!r} is not a time like 2026-01-31T08:30:00+01:00 (RFC 3339)") from None
    if not 1970 <= moment.year <= 2200:
        raise _attribute(name, f"{text[:40]!r} is not between the years 1970 and 2200")
    return moment


def write(*, id, source, type, data, time=None, subject=None, datacontenttype="application/json", extensions=None):
    """The bytes of a structured event; attributes in a fixed order, so that a resend is the same bytes."""
    event = {"specversion": "1.0", "id": id, "source": source, "type": type}
    if subject:
        event["subject"] = subject
    if time:
        event["time"] = time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    event["datacontenttype"] = datacontenttype
    event.update(extensions or {})
    event["data"] = data
    return strict_json.dumps(event).encode()


def is_json(datacontenttype):
    media = media_of(datacontenttype or "application/json")
    return media == "application/json" or media.endswith("+json")


def _binary(body, content_type, headers):
    event = {
        name[3:]: unquote(value, errors="replace")
        for name, value in headers.items()
        if name.startswith("ce-") and name not in ("ce-data", "ce-datacontenttype")
    }
    event["datacontenttype"] = (content_type or "application/json")[:MAX_ATTRIBUTE]
    if is_json(content_type):
        event["data"] = strict_json.loads(body)
    else:
        event["data"] = _text(body)
    return event


def _base64(value):
    try:
        return _text(base64.b64decode(value, validate=True))
    except (ValueError, TypeError):
        raise _attribute("data_base64", "is not base64") from None


def _text(body):
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    if "\x00" in text:
        raise Problem(400, "data", "The data is not text", "It holds the character NUL.")
    return text


def _attribute(name, detail):
    return Problem(
        400,
        "envelope",
        "The event's envelope is not valid",
        f"{name}: {detail}.",
        [{"pointer": f"/{name}", "detail": detail}],
    )


def _kind(value):
    return {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}.get(
        type(value), "a number"
    )
