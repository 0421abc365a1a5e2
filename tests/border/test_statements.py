"""A warehouse system uploads its statement of stock over a real wire, in one request or in parts."""

import hashlib
import itertools
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest
import requests

from border.plant import BATCH, STRUCTURED, Plant, wait_for

KIND = "stock.statement.v1"
#: statements of one site and moment are the same fact
minutes = itertools.count()


@pytest.fixture(scope="module")
def wms(instance):
    plant = Plant(instance, "wmsup", ("stock.statement", "sync.test"), ("stock.group_stock_user",))
    yield plant
    plant.pause()


def statement(wms, lines=3, **values):
    """The bytes of an event that tells the stock of the plant."""
    site = wms.instance.call("stock.warehouse", "search_read", [], ["code"], limit=1)[0]["code"]
    data = {"site": site, "as_of": f"2026-11-20T18:{next(minutes):02}:00Z",
            "lines": [{"item": item(wms), "quantity": number} for number in range(lines)]}  # fmt: skip
    return json.dumps(wms.event(type=KIND, data=data, **values)).encode()


def item(wms):
    if not wms.instance.sql("SELECT 1 FROM product_product WHERE default_code = 'UP-1'"):
        values = {"name": "Plate", "default_code": "UP-1"}
        fields = wms.instance.call("product.product", "fields_get", [], ["type"])
        values |= {"detailed_type": "product"} if "detailed_type" in fields else {"is_storable": True}
        wms.instance.call("product.product", "create", values)
    return "UP-1"


def address(wms, kind=KIND, **params):
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return f"{wms.address.replace('/events', '/statements')}/{kind}{'?' if query else ''}{query}"


def send(wms, name, number, count, part, plant=None, **more):
    target = address(plant or wms, upload=name, part=number, of=count)
    return (plant or wms).post(part, "application/octet-stream", address=target, **more)


def complete(wms, name, whole, **more):
    digest = hashlib.sha256(whole).hexdigest()
    return wms.post(
        json.dumps({"sha256": digest}).encode(), "application/json", address=address(wms, upload=name), **more
    )


def cut(whole, count):
    size = -(-len(whole) // count)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def new_name():
    return f"up-{uuid.uuid4().hex[:12]}"


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()["detail"]


def rows(wms, event_id):
    return wms.instance.sql("SELECT * FROM mfg_sync_message WHERE event_id = %s", [event_id])


def parts_kept(wms, name):
    return wms.instance.sql(
        """SELECT count(*) FROM mfg_sync_upload_part p JOIN mfg_sync_upload u ON u.id = p.upload_id
           WHERE u.name = %s""", [name])[0]["count"]  # fmt: skip


def test_parts_in_any_order_become_one_message_that_is_compared(wms):
    whole, name = statement(wms, 2000, event_id="big"), new_name()
    parts = list(enumerate(cut(whole, 7), 1))
    for number, part in reversed(parts[1:]):
        answer = send(wms, name, number, 7, part)
        assert (answer.status_code, answer.json()["missing"]) == (202, list(range(1, number))), answer.text
    told = refused(complete(wms, name, whole), 409, "parts-missing")
    assert "Parts 1 of 7" in told
    assert not rows(wms, "big")
    assert send(wms, name, 1, 7, parts[0][1]).json()["missing"] == []
    answer = complete(wms, name, whole)
    assert answer.status_code == 202, answer.text
    row = wms.done("big")
    assert row["uuid"] == answer.json()["uuid"]
    assert json.loads(row["payload"])["lines"][1999]["quantity"] == 1999
    assert "1 lines compared" in row["result_text"]
    # what is in the message is not kept a second time
    assert parts_kept(wms, name) == 0
    # a sender who did not hear the answer asks and says it again
    again = complete(wms, name, whole)
    assert (again.status_code, again.json()["uuid"]) == (200, row["uuid"])
    assert send(wms, name, 1, 7, parts[0][1]).status_code == 200
    assert (len(rows(wms, "big")), parts_kept(wms, name)) == (1, 0)
    refused(complete(wms, name, whole + b" "), 409, "other-content")


def test_a_part_may_come_again_but_not_with_other_content(wms):
    whole, name = statement(wms, 30, event_id="again"), new_name()
    parts = cut(whole, 3)
    assert send(wms, name, 1, 3, parts[0]).status_code == 202
    again = send(wms, name, 1, 3, parts[0])
    assert (again.status_code, again.json()["status"], again.json()["missing"]) == (200, "duplicate", [2, 3])
    told = refused(send(wms, name, 1, 3, parts[0] + b" "), 409, "other-content")
    assert hashlib.sha256(parts[0]).hexdigest() in told
    refused(send(wms, name, 2, 4, parts[1]), 409, "upload")
    for number in (2, 3):
        assert send(wms, name, number, 3, parts[number - 1]).status_code == 202
    assert complete(wms, name, whole).status_code == 202
    assert wms.done("again")


def test_the_same_part_at_the_same_time_is_kept_once(wms):
    whole, name = statement(wms, 400, event_id="at once"), new_name()
    parts = cut(whole, 8)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(send, wms, name, number, 8, parts[number - 1]) for number in [*range(1, 9)] * 3]
        answers = [job.result() for job in jobs]
    assert sorted(answer.status_code for answer in answers) == [200] * 16 + [202] * 8
    with ThreadPoolExecutor(4) as pool:
        ends = [job.result() for job in [pool.submit(complete, wms, name, whole) for _end in range(4)]]
    assert sorted(answer.status_code for answer in ends) == [200, 200, 200, 202]
    assert len({answer.json()["uuid"] for answer in ends}) == 1
    assert wms.done("at once")


def test_who_asks_while_a_large_one_is_being_completed_is_sent_away_and_keeps_no_worker(wms):
    """A sender that lost patience says it again; each of these would wait for as long as the first one takes."""
    whole, name = statement(wms, 30, event_id="in work"), new_name()
    parts = cut(whole, 2)
    for number, part in enumerate(parts, 1):
        assert send(wms, name, number, 2, part).status_code == 202
    headers = {"Authorization": f"Bearer {wms.token}"}
    with closing(psycopg2.connect(**wms.instance.dsn)) as other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM mfg_sync_upload WHERE name = %s FOR UPDATE", [name])
        for ask in (
            lambda: complete(wms, name, whole),
            lambda: send(wms, name, 1, 2, parts[0]),
            lambda: requests.delete(address(wms, upload=name), headers=headers, timeout=30),
        ):
            started = time.monotonic()
            answer = ask()
            assert "being completed" in refused(answer, 503, "busy")
            assert int(answer.headers["Retry-After"]) > 0
            assert time.monotonic() - started < 8
        seen = requests.get(address(wms, upload=name), headers=headers, timeout=30)
        assert (seen.status_code, seen.json()["missing"]) == (200, [])
        other.rollback()
    assert complete(wms, name, whole).status_code == 202
    assert wms.done("in work")


def test_the_number_of_a_part_is_read_whole(wms):
    name = new_name()
    answer = send(wms, name, "00000012", "0000000012", b"x")
    assert (answer.status_code, answer.json()["part"], answer.json()["of"]) == (202, 12, 12), answer.text
    for number in ("1000001", "0" * 50 + "1", "000", "-1", "+1", "1_0", "%C2%B2"):
        refused(send(wms, name, number, 12, b"x"), 400, "part")
        refused(send(wms, name, 1, number, b"x"), 400, "part")


def test_parts_that_were_exchanged_on_the_way_are_noticed(wms):
    whole, name = statement(wms, 30, event_id="exchanged"), new_name()
    parts = cut(whole, 2)
    assert send(wms, name, 1, 2, parts[1]).status_code == 202
    assert send(wms, name, 2, 2, parts[0]).status_code == 202
    refused(complete(wms, name, whole), 422, "hash")
    assert not rows(wms, "exchanged")


def test_without_parts_one_request_is_enough(wms):
    whole = statement(wms, 5, event_id="one")
    answer = wms.post(whole, STRUCTURED, address=address(wms))
    assert answer.status_code == 202, answer.text
    assert wms.done("one")["uuid"] == answer.json()["uuid"]
    assert wms.post(whole, STRUCTURED, address=address(wms)).status_code == 200
    spelled = wms.post(whole, STRUCTURED.upper(), address=address(wms), headers={"ce-specversion": "1.0"})
    assert spelled.status_code == 200, "capital letters make no binary event of it"
    bearer = {"Content-Type": STRUCTURED, "Authorization": f"Bearer {wms.token}"}
    assert requests.post(address(wms), data=whole, headers=bearer, timeout=30).status_code == 200


def test_what_is_no_statement_is_told_where_to_go(wms):
    refused(wms.post(wms.event(), address=address(wms)), 422, "type")
    refused(wms.post(wms.event(), address=address(wms, "sync.test")), 422, "type")
    refused(wms.post(wms.event(), address=address(wms, "no.such")), 403, "type")
    refused(wms.post([wms.event()], BATCH, address=address(wms)), 415, "media-type")
    refused(wms.post(statement(wms), STRUCTURED, secret="whsec_" + "c3Ry" * 10, address=address(wms)), 401, "unproven")
    bad = json.dumps(wms.event(type=KIND, data={"site": "WH"})).encode()
    refused(wms.post(bad, STRUCTURED, address=address(wms)), 422, "schema")
    # in parts it is refused when it is complete, and may be completed once the reason is gone
    name = new_name()
    send(wms, name, 1, 1, bad)
    refused(complete(wms, name, bad), 422, "schema")
    for number, count, upload in ((0, 1, "x"), (2, 1, "x"), (1, 1001, "x"), ("a", 2, "x")):
        refused(send(wms, upload, number, count, b"x"), 400, "part")
    refused(send(wms, "..%2Fx", 1, 1, b"x"), 400, "upload")
    refused(wms.post(b"[]", "application/json", address=address(wms, upload=new_name())), 400, "sha256")
    refused(complete(wms, new_name(), b"x"), 404, "upload")


def test_an_upload_can_be_looked_at_and_given_up_only_by_its_connection(wms, instance):
    name, headers = new_name(), {"Authorization": f"Bearer {wms.token}"}
    send(wms, name, 2, 3, b"part")
    seen = requests.get(address(wms, upload=name), headers=headers, timeout=30)
    assert (seen.status_code, seen.json()) == (200, {"upload": name, "of": 3, "missing": [1, 3]})
    other = Plant(instance, "wmsother", ("stock.statement",), ("stock.group_stock_user",))
    stranger = {"Authorization": f"Bearer {other.token}"}
    assert requests.get(address(other, upload=name), headers=stranger, timeout=30).status_code == 404
    assert requests.get(address(wms, upload=name), headers=stranger, timeout=30).status_code == 401
    assert requests.delete(address(other, upload=name), headers=stranger, timeout=30).status_code == 200
    assert parts_kept(wms, name) == 1
    # the same id is another upload on another connection
    assert send(other, name, 1, 1, b"x").status_code == 202
    assert requests.delete(address(wms, upload=name), headers=headers, timeout=30).status_code == 200
    assert requests.get(address(wms, upload=name), headers=headers, timeout=30).status_code == 404
    assert parts_kept(other, name) == 1


def test_size_and_number_of_uploads_are_bounded(wms):
    wms.set(statement_limit=1, body_limit=1024 * 1024)
    name = new_name()
    try:
        refused(send(wms, name, 1, 3, b"x" * (1024 * 1024 + 1)), 413, "too-large")
        assert send(wms, name, 1, 3, b"x" * 700_000).status_code == 202
        refused(send(wms, name, 2, 3, b"y" * 700_000), 413, "too-large")
        wms.instance.sql("DELETE FROM mfg_sync_upload WHERE message_uuid IS NULL")
        begun = wms.instance.sql("SELECT count(*) AS n FROM mfg_sync_upload")[0]["n"]
        for _begun in range(10):
            assert send(wms, new_name(), 1, 2, b"x").status_code == 202
        refused(send(wms, new_name(), 1, 2, b"x"), 429, "too-many-uploads")
        assert wms.instance.sql("SELECT count(*) AS n FROM mfg_sync_upload")[0]["n"] == begun + 10, "nor is it kept"
    finally:
        wms.set(statement_limit=20)
        wms.instance.sql("DELETE FROM mfg_sync_upload WHERE message_uuid IS NULL")


def test_what_nobody_completes_is_gone_after_a_day(wms):
    old, young = new_name(), new_name()
    send(wms, old, 1, 2, b"x")
    send(wms, young, 1, 2, b"x")
    age = "UPDATE mfg_sync_upload SET touched = touched - interval '25 hours' WHERE name = %s"
    wms.instance.sql(age, [old])
    refused(complete(wms, old, b"x"), 404, "upload")
    wms.sweep()
    wait_for("the old one to go", lambda: not parts_kept(wms, old))
    assert not wms.instance.sql("SELECT 1 FROM mfg_sync_upload WHERE name = %s", [old])
    assert parts_kept(wms, young) == 1
    # a part after a day begins it anew, whoever comes first, the sweep or the part
    wms.instance.sql(age, [young])
    assert send(wms, young, 2, 2, b"y").json()["missing"] == [1]
