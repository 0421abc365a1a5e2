"""A file of events that a person imports: read one by one with their lines, and taken like a sender's batches.

Each batch is a transaction of its own. Cut off in between, what was taken is there, and the same file imported again
takes the rest: events are recognised by source and id, as always.
"""

import csv
import io
import json
import re

from ..protocol import strict_json
from ..protocol.errors import Problem
from .gate import MAX_BATCH, Gate

_SPACE = re.compile(r"\s*")
#: what a program for tables would take for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read(content):
    """``(line, event or Problem)`` of each event in a file: a CloudEvents batch (JSON array), or one event a line.

    Lines count from 1. What can't be read in a batch ends it: nobody knows where the next event would begin.

    :param bytes content: UTF-8
    :raises Problem: it is neither
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, "file", "The file can't be read", f"It is not UTF-8 (byte {error.start}).") from None
    first = text.lstrip()[:1]
    if first == "[":
        return _batch(text)
    if first == "{":
        return _lines(text)
    detail = "It begins neither with [ (a batch of events) nor with { (one event a line)."
    raise Problem(400, "file", "The file holds no events", detail)


def _lines(text):
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _event(line)


def _batch(text):
    decoder, position, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
    position = _SPACE.match(text, position).end()
    if text[position : position + 1] == "]":
        return
    while True:
        line, counted = line + text.count("\n", counted, position), position
        try:
            _value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield line, Problem(400, "json", "The file is not valid JSON", "This event and all after it were not read.")
            return
        yield line, _event(text[position:end])
        position = _SPACE.match(text, end).end()
        sign = text[position : position + 1]
        if sign == "]" and not text[position + 1 :].strip():
            return
        if sign != ",":
            line += text.count("\n", counted, position)
            yield (
                line,
                Problem(400, "json", "The file is not valid JSON", "After an event comes a comma, or ] at the end."),
            )
            return
        position = _SPACE.match(text, position + 1).end()


def _event(text):
    try:
        return strict_json.loads(text)
    except Problem as problem:
        return problem


def batches(events):
    """Lists of at most :data:`gate.MAX_BATCH` events."""
    batch = []
    for entry in events:
        batch.append(entry)
        if len(batch) == MAX_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def take(cr, endpoint, source, batch, import_id):
    """Accept a batch as if the system of ``source`` had sent it.

    :param dict endpoint: ``id, code, company_id``
    :param list batch: of ``(line, event or Problem)``
    :param int import_id: of the import, kept with each message
    :return: a dict ``line, status, id, uuid, pointer, why`` for each event, in order
    """
    told, events, places = [], [], []
    for line, event in batch:
        entry = {"line": line, "id": event.get("id") if isinstance(event, dict) else None}
        told.append(entry)
        try:
            events.append(_as_sent(event, source, import_id))
            places.append(entry)
        except Problem as problem:
            _refuse(entry, problem.to_dict())
    for entry, result in zip(places, Gate(cr).take({**endpoint, "listening": False}, events), strict=True):
        if result["status"] == "refused":
            _refuse(entry, result["problem"])
        else:
            entry.update(status=result["status"], uuid=result["uuid"])
    return told


def _as_sent(event, source, import_id):
    if isinstance(event, Problem):
        raise event
    if not isinstance(event, dict):
        return event
    sent = {"source": source, **{name: value for name, value in event.items() if value is not None or name == "data"}}
    if sent["source"] != source:
        detail = f"source is {str(sent['source'])[:120]!r}; this file is imported for {source!r}."
        raise Problem(403, "source", "Another system's event", detail, [{"pointer": "/source", "detail": detail}])
    # beside the content, so that the same event sent by the system itself is the same message
    return {**sent, "mfgimport": import_id}


def _refuse(entry, problem):
    errors = problem.get("errors") or [{}]
    entry.update(status="refused", pointer=errors[0].get("pointer"), why=problem.get("detail") or problem["title"])


def listed(told):
    """The bytes of a list of what became of each event, for a program for tables."""
    columns = ("line", "status", "id", "uuid", "pointer", "why")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for entry in told:
        writer.writerow([_plain(entry.get(name)) for name in columns])
    return text.getvalue().encode("utf-8-sig")


def _plain(value):
    """As text that no program takes for a formula: ids come from outside."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
