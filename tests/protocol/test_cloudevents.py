"""Envelopes, read and written against the CloudEvents library as the other opinion."""

import base64
import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import quote

import pytest
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent, from_http
from hypothesis import given
from hypothesis import strategies as st
from sync_protocol import cloudevents
from sync_protocol.errors import Problem

MINIMUM = {"specversion": "1.0", "id": "1", "source": "urn:mes", "type": "mes.operation.completed.v1"}
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(str.strip)


def read(body, headers):
    headers = {name.lower(): value for name, value in headers.items()}
    return cloudevents.read(body, headers["content-type"], headers)


@given(words, words, st.dictionaries(words, st.integers() | words))
def test_a_structured_event_of_the_library_is_read_as_it_was_meant(event_id, subject, data):
    attributes = {"id": event_id, "source": "urn:mes", "type": "mes.scrap.reported.v1", "subject": subject}
    headers, body = to_structured(CloudEvent({**attributes, "datacontenttype": "application/json"}, data))
    mode, (event,) = read(body, headers)
    event = cloudevents.check(event)
    assert mode == "structured"
    assert {name: event[name] for name in attributes} == attributes
    assert event["data"] == data
    assert isinstance(event["time"], datetime)


@given(words.map(lambda text: text.strip()), st.dictionaries(words, st.integers()))
def test_a_binary_event_is_read_from_its_headers(subject, data):
    attributes = {"source": "urn:mes", "type": "mes.scrap.reported.v1", "datacontenttype": "application/json"}
    headers, body = to_binary(CloudEvent(attributes, data))
    mode, (event,) = read(body, {**headers, "ce-subject": quote(subject), "content-type": "application/json"})
    event = cloudevents.check(event)
    assert (mode, event["source"], event["subject"], event["data"]) == ("binary", "urn:mes", subject, data)


@given(words, words, st.dictionaries(words, st.integers(-(2**53), 2**53) | words))
def test_the_library_reads_what_we_write(event_id, subject, data):
    moment = datetime(2026, 11, 23, 18, 0, 0, 5, tzinfo=timezone.utc)
    body = cloudevents.write(
        id=event_id, source="urn:us", type="master.item.v1", data=data, time=moment, subject=subject
    )
    event = from_http({"content-type": cloudevents.STRUCTURED}, body)
    assert (event["id"], event["source"], event["subject"], event.data) == (event_id, "urn:us", subject, data)
    assert datetime.fromisoformat(event["time"].replace("Z", "+00:00")) == moment


def test_a_resend_is_the_same_bytes():
    one, other = (cloudevents.write(id="1", source="urn:us", type="t.v1", data={"b": 1, "a": 2}) for _each in range(2))
    assert one == other


def test_a_batch_is_a_list_in_its_order():
    body = json.dumps([{**MINIMUM, "id": str(number)} for number in range(3)]).encode()
    mode, events = cloudevents.read(body, cloudevents.BATCH, {})
    assert (mode, [event["id"] for event in events]) == ("batch", ["0", "1", "2"])
    assert cloudevents.read(b"[]", f"{cloudevents.BATCH}; charset=utf-8", {}) == ("batch", [])


def test_binary_text_is_kept_as_text():
    headers = {f"ce-{name}": value for name, value in MINIMUM.items()}
    _mode, (event,) = cloudevents.read(b"ISA*00*~", "application/EDI-X12", headers)
    assert (event["data"], event["datacontenttype"]) == ("ISA*00*~", "application/EDI-X12")


@pytest.mark.parametrize(
    "content_type, headers",
    [
        ("", {}),
        (None, {}),
        ("application/json", {}),
        ("text/plain", {}),
        ("application/cloudevents+xml", {}),
        ("application/cloudevents-batch+avro", {}),
        ("application/cloudevents", {}),
        ("application/json", {"ce-specversion": ""}),
    ],
)
def test_what_is_no_cloudevent_is_not_accepted(content_type, headers):
    with pytest.raises(Problem) as refusal:
        cloudevents.read(b"{}", content_type, headers)
    assert refusal.value.status == 415


@pytest.mark.parametrize(
    "content_type, binary",
    [("application/json", True), ("", True), (None, True), ("Application/CloudEvents+JSON; charset=utf-8", False),
     ("APPLICATION/CLOUDEVENTS-BATCH+JSON", False)],
)  # fmt: skip
def test_whether_attributes_stand_in_headers_is_not_a_matter_of_capital_letters(content_type, binary):
    """What is asked before the signature is checked, and what is read then, is the same."""
    headers = {"ce-specversion": "1.0"}
    assert cloudevents.is_binary(content_type, headers) is binary
    assert (cloudevents.mode_of(content_type, headers) == "binary") is binary
    assert not cloudevents.is_binary(content_type, {})


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"id": None}, "/id"),
        ({"id": ""}, "/id"),
        ({"id": "  "}, "/id"),
        ({"id": 17}, "/id"),
        ({"id": "x" * 513}, "/id"),
        ({"id": "ü" * 300}, "/id"),
        ({"source": None}, "/source"),
        ({"type": ["a"]}, "/type"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"subject": "x" * 1025}, "/subject"),
        ({"time": "yesterday"}, "/time"),
        ({"time": "2026-02-30T00:00:00Z"}, "/time"),
        ({"time": "2026-01-01T00:00:00"}, "/time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "/time"),
        ({"time": "2026-01-01T00:00:00Z\n"}, "/time"),
        ({"time": 5}, "/time"),
        ({"time": ""}, "/time"),
        ({"time": "2026-03-02T06:00:60Z"}, "/time"),
        ({"time": "2026-03-02T23:59:60+01:00"}, "/time"),
        ({"time": "2026-03-02T23:59:61Z"}, "/time"),
        ({"Sequence": "1"}, "/Sequence"),
        ({"trace-parent": "1"}, "/trace-parent"),
        ({"sequence": {"a": 1}}, "/sequence"),
        ({"data": 1, "data_base64": "QQ=="}, "/data"),
        ({"data_base64": "not base64!"}, "/data_base64"),
        ({"data_base64": 5}, "/data_base64"),
    ],
)
def test_a_wrong_envelope_names_the_attribute(change, pointer):
    with pytest.raises(Problem) as refusal:
        cloudevents.check({**MINIMUM, **change})
    assert refusal.value.status == 400
    assert refusal.value.errors[0]["pointer"] == pointer


def test_attributes_that_are_null_are_not_there():
    event = cloudevents.check({**MINIMUM, "subject": None, "time": None, "sequence": None, "data": None})
    assert "subject" not in event and "sequence" not in event
    assert event["time"] is None


def test_a_nul_hidden_in_a_header_is_found():
    headers = {f"ce-{name}": value for name, value in MINIMUM.items()}
    _mode, (event,) = cloudevents.read(b"{}", "application/json", {**headers, "ce-subject": "A%00B"})
    with pytest.raises(Problem, match="NUL"):
        cloudevents.check(event)


def test_base64_of_json_is_json():
    encoded = base64.b64encode(b'{"qty": 1.50}').decode()
    event = cloudevents.check({**MINIMUM, "datacontenttype": "application/json", "data_base64": encoded})
    assert event["data"] == {"qty": Decimal("1.50")}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-01-31T08:30:00+01:00", datetime(2026, 1, 31, 7, 30, tzinfo=timezone.utc)),
        ("2026-01-31t08:30:00z", datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc)),
        ("2026-01-31 08:30:00.1234567Z", datetime(2026, 1, 31, 8, 30, 0, 123456, tzinfo=timezone.utc)),
        ("2026-01-31T08:30:00-00:00", datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=timezone.utc)),
        ("2017-01-01T08:59:60.25+09:00", datetime(2017, 1, 1, 0, 0, 0, 250000, tzinfo=timezone.utc)),
    ],
)
def test_moments_are_read_in_every_spelling_of_rfc_3339(text, expected):
    assert cloudevents.parse_time(text) == expected


@pytest.mark.parametrize(
    "value, expected",
    [
        ("mes.operation.completed.v1", ("mes.operation.completed", 1)),
        ("mes.operation.completed.v12", ("mes.operation.completed", 12)),
        ("mes.operation.completed", ("mes.operation.completed", None)),
        ("com.example.v1.thing", ("com.example.v1.thing", None)),
        ("a.v0", ("a.v0", None)),
    ],
)
def test_the_version_is_the_end_of_the_type(value, expected):
    assert cloudevents.split_type(value) == expected


@pytest.mark.parametrize("value", ["a b", "a\n", "ü", "a/b"])
def test_a_type_is_a_name(value):
    with pytest.raises(Problem):
        cloudevents.split_type(value)


def conformance_events(text):
    """(attributes, data) of the specification's YAML samples, whose attributes stand one a line."""
    for document in text.split("\n---\n"):
        attributes = dict(re.findall(r"^  ([a-z]+): *(\S.*)$", document, re.MULTILINE))
        data = re.search(r"^Data: \|\n((?: +.*\n?)+)", document, re.MULTILINE)
        if "id" in attributes and data:
            yield attributes, data[1].strip()


def test_real_events_of_the_specification_pass(samples):
    seen = 0
    for path in sorted((samples / "cloudevents").glob("*.yaml")):
        for attributes, data in conformance_events(path.read_text()):
            media = attributes.pop("datacontenttype", "application/json")
            headers = {f"ce-{name}": value for name, value in attributes.items()}
            _mode, (binary,) = cloudevents.read(data.encode(), media, headers)
            payload = json.loads(data) if cloudevents.is_json(media) else data
            body = json.dumps({**attributes, "datacontenttype": media, "data": payload}).encode()
            _mode, (structured,) = cloudevents.read(body, cloudevents.STRUCTURED, {})
            assert cloudevents.check(binary) == cloudevents.check(structured)
            assert binary["id"] == attributes["id"] and binary["data"] == payload
            seen += 1
    assert seen > 4


def test_the_published_schema_accepts_what_we_write(samples):
    from jsonschema import Draft7Validator

    schema = json.loads((samples / "cloudevents" / "cloudevents.schema.json").read_text())
    body = cloudevents.write(
        id="1", source="urn:us", type="master.item.v1", data={"a": 1}, time=datetime(2026, 1, 1), subject="x"
    )
    assert not list(Draft7Validator(schema).iter_errors(json.loads(body)))
