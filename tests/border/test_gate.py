"""Bad input at the gate of a live server: every refusal says what it is, strangers learn nothing, nobody gets a 500."""

import gzip
import http.client
import json
import socket
import statistics
import time
from urllib.parse import urlsplit

import pytest
import requests

from border.plant import BATCH, STRUCTURED

STRANGER = "whsec_c3RyYW5nZXIgc3RyYW5nZXIgc3RyYW5nZXIgMTIz"
LIMIT = 10 * 1024 * 1024


def problem(answer, status, code):
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    told = answer.json()
    assert (told["code"], told["status"]) == (code, status), told
    assert "Traceback" not in answer.text
    return told


def test_a_stranger_learns_nothing_from_the_answer(plant):
    body = json.dumps(plant.event()).encode()
    unknown = plant.address.replace("/mes1/", "/nobody/")
    old = {**plant.signed(body), "webhook-timestamp": str(int(time.time()) - 3600)}
    answers = [
        plant.post(body, secret=STRANGER),
        plant.post(body, secret=STRANGER, address=unknown),
        plant.post(body, address=unknown),
        plant.post(body, headers=old),
        plant.post(body, headers={"webhook-signature": "nonsense"}),
        plant.post(body, address=plant.address.replace("/mes1/", "/m%00s/")),
        requests.post(plant.address, data=body, headers={"Content-Type": STRUCTURED}, timeout=30),
        requests.get(f"{plant.address}/{'0' * 36}", headers={"Authorization": "Bearer no"}, timeout=30),
        requests.get(f"{unknown}/{'0' * 36}", timeout=30),
    ]
    for answer in answers:
        problem(answer, 401, "unproven")
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(set(answer.headers) - {"Date"})) for answer in answers}) == 1


def test_the_right_key_opens_nothing_from_an_address_that_is_not_listed(plant):
    here, elsewhere = plant.event("from a listed address"), plant.event("from elsewhere")
    claims = {
        "X-Forwarded-For": "10.1.2.3",
        "X-Forwarded-Host": "odoo.plant.example",
        "X-Real-IP": "10.1.2.3",
        "Forwarded": "for=10.1.2.3",
    }
    lookup, bearer = f"{plant.address}/{'0' * 36}", {"Authorization": f"Bearer {plant.token}"}
    stranger = plant.post(elsewhere, secret=STRANGER).content
    plant.set(allowed_from="192.0.2.0/24, 127.0.0.1")
    try:
        assert plant.post(here).status_code == 202
        plant.set(allowed_from="10.0.0.0/8")
        for headers in ({}, claims):
            told = problem(plant.post(elsewhere, headers=headers), 403, "address")
            assert "127.0.0.1" in told["detail"] and "10." not in told["detail"]
            trace = traced(plant)
            assert (trace["code"], trace["remote"], trace["event_ids"]) == ("address", "127.0.0.1", None)
            problem(requests.get(lookup, headers={**bearer, **headers}, timeout=30), 403, "address")
        assert plant.post(elsewhere, secret=STRANGER).content == stranger
        assert plant.row(event_id="from elsewhere") is None
    finally:
        plant.set(allowed_from=False)
    assert plant.post(elsewhere).status_code == 202
    plant.done("from a listed address")
    plant.done("from elsewhere")


def test_the_bytes_that_came_are_what_is_signed(plant):
    """Not what they mean: who puts them in another order or spaces them otherwise has not signed them."""
    as_written = json.dumps(plant.event(), indent=3).encode() + b"\n"
    assert plant.post(as_written).status_code == 202
    event = json.dumps(plant.event()).encode()
    for changed in (event + b"\n", json.dumps(json.loads(event), sort_keys=True).encode(), event.replace(b": ", b":")):
        problem(plant.post(changed, headers=plant.signed(event)), 401, "unproven")


def test_a_stranger_learns_nothing_from_the_time_it_takes(plant):
    body = json.dumps(plant.event()).encode()
    unknown = plant.address.replace("/mes1/", "/nobody/")
    for _attempt in range(3):
        times = {plant.address: [], unknown: []}
        with requests.Session() as session:
            for _number in range(150):
                for address, taken in times.items():
                    started = time.perf_counter()
                    assert plant.post(body, secret=STRANGER, address=address, session=session).status_code == 401
                    taken.append(time.perf_counter() - started)
        one, other = (statistics.median(taken) for taken in times.values())
        ratio = max(one, other) / min(one, other)
        if ratio < 1.25:
            break
    assert ratio < 1.25, f"medians {one * 1000:.2f} and {other * 1000:.2f} ms"


@pytest.mark.parametrize(
    "body, media, status, code, pointer",
    [
        (b'{"id": ', STRUCTURED, 400, "json", None),
        (b'{"id": "1", "id": "2"}', STRUCTURED, 400, "json", None),
        (b"\xff", STRUCTURED, 401, "unproven", None),
        (b"[]", STRUCTURED, 400, "envelope", ""),
        (b"{}", BATCH, 400, "batch", None),
        (b"{}", "application/json", 415, "media-type", None),
        (b"<a/>", "text/xml", 415, "media-type", None),
        (b"a=1", "application/x-www-form-urlencoded", 415, "media-type", None),
        (b"--x--", "multipart/form-data; boundary=x", 415, "media-type", None),
        (b"--x--", "multipart/form-data; boundary=", 415, "media-type", None),
        (b"", "Multipart/Form-Data", 415, "media-type", None),
        (b"self=1&endpoint=mes2", "application/x-www-form-urlencoded", 415, "media-type", None),
        (b'{"data": 1e99999999999999999999}', STRUCTURED, 400, "json", None),
        (b"{}", "application/cloudevents+xml", 415, "media-type", None),
        ({"id": None}, STRUCTURED, 400, "envelope", "/id"),
        ({"type": None}, STRUCTURED, 400, "envelope", "/type"),
        ({"time": "yesterday"}, STRUCTURED, 400, "envelope", "/time"),
        ({"data": {}}, STRUCTURED, 422, "schema", "/data"),
        ({"data": {"text": 5}}, STRUCTURED, 422, "schema", "/data/text"),
        ({"data": {"text": "x" * 501}}, STRUCTURED, 422, "schema", "/data/text"),
        ({"data": {"text": 10**39}}, STRUCTURED, 422, "schema", "/data/text"),
        ({"data": None}, STRUCTURED, 422, "schema", "/data"),
        ({"source": "urn:other"}, STRUCTURED, 403, "source", None),
        ({"type": "no.such.kind.v1"}, STRUCTURED, 403, "type", None),
        ({"type": "sync.test.v9"}, STRUCTURED, 403, "type", None),
    ],
)
def test_a_bad_message_is_told_what_is_wrong_with_it(plant, body, media, status, code, pointer):
    if isinstance(body, dict):
        body = json.dumps(plant.event(**{"event_id": "bad", **body}) if "id" not in body else {**plant.event(), **body})
        body = body.encode()
    if body == b"\xff":
        headers = {"Content-Type": media, **plant.signed(b"")}
        answer = requests.post(plant.address, data=body, headers=headers, timeout=30)
    else:
        answer = plant.post(body, media)
    told = problem(answer, status, code)
    if pointer is not None:
        assert told["errors"][0]["pointer"] == pointer
    assert traced(plant)["http_status"] == status


def test_a_misspelt_kind_is_told_from_one_that_is_switched_off(plant):
    """The one is the sender's to mend, the other an Administrator's."""
    misspelt = problem(plant.post(plant.event(type="sync.tset.v1")), 403, "type")
    assert "sync.tset.v1" in misspelt["detail"] and "spelled" in misspelt["detail"]
    off = problem(plant.post(plant.event(type="stock.statement.v1")), 403, "type")
    assert "an Administrator adds it" in off["detail"]


def test_a_compressed_body_is_told_that_it_is_one(plant):
    """And not that it is no UTF-8, after which nobody knows where to look."""
    body = json.dumps(plant.event()).encode()
    headers = {"Content-Type": STRUCTURED, "Authorization": f"Bearer {plant.token}"}
    for encoding in ("gzip", "GZIP", "br", "identity, gzip"):
        answer = requests.post(
            plant.address, data=gzip.compress(body), headers={**headers, "Content-Encoding": encoding}, timeout=30
        )
        assert encoding.lower() in problem(answer, 415, "encoding")["detail"]
        assert answer.headers["Accept-Encoding"] == "identity"
    assert plant.post(body, headers={"Content-Encoding": "Identity"}).status_code == 202


def test_parameters_that_we_know_nothing_of_change_nothing(plant):
    """A proxy or a sender's library adds some; Odoo makes arguments of a method of them."""
    for names in ("self", "s%65lf", "endpoint", "uuid", "kw", "args", "self=1&self", "a=1&self"):
        assert plant.post(plant.event(), address=f"{plant.address}?{names}=1").status_code == 202, names
    for path, status in (("/health?self=1", 200), ("/health?self", 200), ("?rest=x&self=1", 404), ("/x?rest=y", 404)):
        assert requests.get(f"{plant.instance.url}/mfg_sync{path}", timeout=30).status_code == status, path


def traced(plant):
    return plant.instance.sql("SELECT * FROM mfg_sync_refused ORDER BY refused DESC LIMIT 1")[0]


def test_the_same_id_with_other_content_is_a_conflict(plant):
    plant.post(plant.event("once"))
    problem(plant.post(plant.event("once", data={"text": "Other"})), 409, "other-content")


def test_each_event_of_a_batch_is_answered_in_its_place(plant):
    good, bad = plant.event("in place"), plant.event(data={})
    answer = plant.post([bad, good, 5, plant.event(source="urn:x"), good])
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [(result["index"], result["status"]) for result in results] == [
        (0, "refused"), (1, "accepted"), (2, "refused"), (3, "refused"), (4, "duplicate")]  # fmt: skip
    assert [results[index]["problem"]["status"] for index in (0, 2, 3)] == [422, 400, 403]
    assert results[4]["uuid"] == results[1]["uuid"]
    assert traced(plant)["detail"].startswith("3 of 5")
    assert plant.post([bad, bad]).status_code == 422
    assert plant.post([good]).status_code == 202
    problem(plant.post([plant.event() for _each in range(1001)]), 413, "too-many")


def test_a_binary_event_needs_the_bearer_token(plant):
    headers = {"ce-specversion": "1.0", "ce-id": "binary", "ce-source": plant.source, "ce-type": "sync.test.v1"}
    body = b'{"text": "Binary"}'
    problem(plant.post(body, "application/json", headers=headers), 401, "unproven")
    answer = plant.post(body, "application/json", headers={**headers, "Authorization": f"Bearer {plant.token}"})
    assert answer.status_code == 202
    problem(
        plant.post(
            body, "application/json",
            headers={**headers, "ce-id": "nul", "ce-subject": "A%00B", "Authorization": f"Bearer {plant.token}"},
        ),
        400,
        "envelope",
    )  # fmt: skip


def test_too_much_is_refused_whether_its_length_is_told_or_not(plant):
    body = b" " * (LIMIT + 1)
    problem(plant.post(body), 413, "too-large")
    assert traced(plant)["size"] == len(body)
    problem(plant.post(b" " * (1024 * 1024 + 1)), 413, "too-large")
    assert chunked(plant, LIMIT + 65536) == (413, "too-large")
    assert chunked(plant, 2 * 1024 * 1024) == (413, "too-large")
    good = json.dumps(plant.event("chunked")).encode()
    assert chunked(plant, len(good), good)[0] == 202


def chunked(plant, size, body=None):
    """Send a body in chunks of unknown sum by a raw socket. Returns status and code of the answer."""
    body = body or b" " * size
    parts = urlsplit(plant.address)
    head = "".join(f"{name}: {value}\r\n" for name, value in plant.signed(body).items())
    request = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {STRUCTURED}\r\n{head}"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        line.sendall(request.encode())
        for start in range(0, size, 65536):
            chunk = body[start : start + 65536]
            line.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        line.sendall(b"0\r\n\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
    return answer.status, told.get("code")


def test_a_broken_chunk_is_no_fault_of_ours(plant):
    parts = urlsplit(plant.address)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(f"{head}nonsense\r\n\r\n".encode())
        answer = http.client.HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
        assert (answer.status, told["code"]) == (400, "body") and "send it again" in told["detail"]


@pytest.mark.parametrize(("length", "status", "code"), [(500, 400, "body"), (10**20, 413, "too-large"),
                                                        ("9" * 5000, 413, "too-large")])  # fmt: skip
def test_a_wrong_length_is_no_fault_of_ours_and_leaves_a_trace(plant, length, status, code):
    parts = urlsplit(plant.address)
    traced = "SELECT count(*) AS n FROM mfg_sync_refused WHERE code = %s"
    before = plant.instance.sql(traced, [code])[0]["n"]
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {STRUCTURED}\r\n"
        line.sendall(f"{head}Content-Length: {length}\r\n\r\nshort".encode())
        line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["code"]) == (status, code)
    assert plant.instance.sql(traced, [code])[0]["n"] == before + 1


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/v1//mes1/events",
        "//v1/mes1/events",
        "/v1",
        "/v2/mes1/events",
        "/v1/mes1",
        "/%ff",
        "/v1/mes1/two%0alines",
    ],
)
def test_an_unknown_path_is_answered_in_json(plant, path):
    problem(requests.get(f"{plant.instance.url}/mfg_sync{path}", timeout=30), 404, "path")


def test_other_methods_are_answered_in_json(plant):
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        problem(requests.request(method, plant.address, timeout=30), 404, "path")


@pytest.mark.parametrize("host", ["127.0.0.1:80,-1", "[::1", "plant:99999"])
def test_a_host_that_is_none_is_no_fault_of_ours(plant, host):
    """Odoo 19 fails over it, and a 503 would make its sender come again for ever."""
    for address in (plant.address, f"{plant.instance.url}/mfg_sync"):
        told = problem(requests.post(address, headers={"Host": host}, data=b"{}", timeout=30), 400, "request")
        assert told["detail"].startswith("Host: ")


def test_what_became_of_a_message_is_told_to_its_sender_only(plant):
    told = plant.post(plant.event("looked up")).json()
    plant.done("looked up")
    bearer = {"Authorization": f"Bearer {plant.token}"}
    found = requests.get(f"{plant.address}/{told['uuid']}", headers=bearer, timeout=30)
    assert (found.status_code, found.json()["state"], found.json()["id"]) == (200, "done", "looked up")
    for strange in ("0" * 36, "x", "%00", told["uuid"] + "x"):
        problem(requests.get(f"{plant.address}/{strange}", headers=bearer, timeout=30), 404, "message")


def test_the_trace_of_refusals_is_bounded_and_holds_no_payload(plant):
    plant.instance.sql("SELECT setval('mfg_sync_refused_slot', 4999)")
    before = plant.instance.sql("SELECT count(*) AS n FROM mfg_sync_refused")[0]["n"]
    for _each in range(3):
        plant.post(plant.event(data={"text": ["a secret of the plant"]}))
    plant.instance.sql("SELECT setval('mfg_sync_refused_slot', 4999)")
    for _each in range(3):
        plant.post(plant.event(data={"text": ["a secret of the plant"]}))
    after = plant.instance.sql("SELECT count(*) AS n FROM mfg_sync_refused")[0]["n"]
    assert after <= before + 3
    text = json.dumps(plant.instance.sql("SELECT * FROM mfg_sync_refused"), default=str)
    assert "secret of the plant" not in text
    assert {"/data/text"} <= {row["detail"] for row in plant.instance.sql("SELECT detail FROM mfg_sync_refused")}


def test_while_the_database_is_away_the_answer_is_to_come_again(plant, run_context):
    body = plant.event("later")
    connection = run_context[0].setting.connection
    name = plant.instance.database
    plant.instance.close()
    plant.instance._connection = None
    try:
        connection.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        for _each in range(8):
            answer = plant.post(body)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            health = requests.get(f"{plant.instance.url}/mfg_sync/health", timeout=30)
            problem(health, 503, "unavailable")
    finally:
        connection.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    deadline = time.monotonic() + 30
    while (answer := plant.post(body)).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert answer.status_code == 202
    plant.done("later")
