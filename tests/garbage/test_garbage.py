"""Ten thousand bad requests to a live server (a thousand here, all of them with MFG_SYNC_FULL=1): each gets an answer
that says what was wrong, none has half an effect, what is taken ends where a person sees it, and the next is taken."""

import base64
import json
import uuid
from urllib.parse import quote

import pytest
from border.plant import BATCH, STRUCTURED
from hypothesis import strategies as st

from garbage import samples
from garbage.asking import event, events_request
from garbage.plant import WRONG, bearer
from garbage.weird import (
    TEXTS,
    TOKENS,
    as_bytes,
    changed,
    damaged,
    garbled,
    places,
    readable,
    retold,
    values,
    wrongly_encoded,
)
from garbage.wire import Request, chunks, send

ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data",
              "data_base64", "sequence", "traceparent", "X-Y", "ü")  # fmt: skip
X12 = "application/EDI-X12"
dice = st.randoms(use_true_random=False)
times = st.integers(1, 5)
header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


# -- events, structured


@st.composite
def attributes(draw, plant):
    """An event with one to three attributes of a wrong type, length, form or number."""
    found = event(plant)
    for name in draw(st.lists(st.sampled_from(ATTRIBUTES), min_size=1, max_size=3, unique=True)):
        # one piece that is no JSON spoils all of it: mostly values that are
        found[name] = draw(st.one_of(readable, readable, values))
    if draw(st.integers(0, 3)) == 0:
        found.pop(draw(st.sampled_from(sorted(found))))
    return as_bytes(found), draw(st.booleans())


def test_attributes_of_the_envelope(desk, floor):
    def request(case):
        body, signed = case
        return events_request(floor, body, signed=signed)

    desk.run("envelope", attributes(floor), request, 150)


def test_data_of_every_kind(desk, floor):
    """Each kind's own example with something wrong in it; what the schema lets through meets the handler."""
    sound = [(kind, data) for kind, all_data in sorted(floor.examples.items()) for data in all_data]
    broken = st.sampled_from(sound).flatmap(
        lambda each: st.tuples(
            st.just(each[0]), st.one_of(damaged(each[1]), damaged(each[1], readable), retold(each[1]), retold(each[1]))
        )
    )
    desk.run("data", broken, lambda case: events_request(floor, as_bytes(event(floor, *case))), 220)


def test_an_event_whose_only_fault_is_found_late_has_no_effect_at_all(desk, floor):
    """Orders, lots and a receipt that exist: what comes before the fault in a message could be booked, and is not."""
    count = len(floor.poisoned())
    strange = st.tuples(st.integers(0, count - 1), st.none() | dice, st.sampled_from(TEXTS[:8]))

    def request(case):
        number, damage, text = case
        kind, data, poison = floor.poisoned()[number]
        if damage:
            path = damage.choice([path for path in places(data) if path])
            data = changed(data, path, lambda old: text if isinstance(old, str) else old)
        return events_request(floor, as_bytes(event(floor, kind, poison(data))))

    for _round in range(3):
        desk.run("late fault", strange, request, 20)


def test_bytes_that_are_no_json(desk, floor):
    text = json.dumps(event(floor, data={"text": "Grüße 🚲", "lane": "ü"}), ensure_ascii=False)
    encoded = st.sampled_from(wrongly_encoded(text) + [token.encode("utf-8", "surrogatepass") for token in TOKENS])
    broken = st.tuples(dice, times).map(lambda case: garbled(text.encode(), *case))
    desk.run(
        "bytes", encoded | broken | broken | st.binary(max_size=200), lambda body: events_request(floor, body), 120
    )


# -- batches


def test_batches(desk, floor):
    good = st.builds(lambda: event(floor))
    more = st.dictionaries(st.sampled_from(ATTRIBUTES), readable, max_size=2)
    changed_event = st.builds(lambda values: {**event(floor), **values}, more)
    sound = st.one_of(good, readable, changed_event).map(as_bytes)
    bad = attributes(floor).map(lambda case: case[0])
    batches = st.lists(sound, max_size=8) | st.lists(st.one_of(sound, bad, values.map(as_bytes)), max_size=6)

    def request(parts):
        return events_request(floor, b"[" + b",".join(parts) + b"]", BATCH)

    desk.run("batch", batches, request, 100)


# -- binary mode


def test_binary_events(desk, floor):
    names = st.sampled_from(["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject", "ce-data",
                             "ce-datacontenttype", "ce-sequence", "ce-", "ce-ü", "CE-Id", "Content-Encoding", "Accept",
                             "Prefer", "webhook-id", "webhook-signature", "X-Forwarded-For", "Cookie"])  # fmt: skip
    told = header_text | st.sampled_from(["%00", "%ff", "%ed%a0%80", "%", "%zz", "x" * 2000, "\xff", "1.0", "gzip"])
    media = st.sampled_from(["application/json", "text/plain", "application/json; charset=utf-16", X12, "", "a/b/c",
                             "application/xml", "image/png", "application/json" + " " * 500])  # fmt: skip
    bodies = st.sampled_from([b'{"text": "Hello"}', b"", b"\x00", b"\xff", b"null", b"NaN", b"5", b"[]"]) | st.binary(
        max_size=60
    )

    def request(case):
        headers, media, body = case
        sound = {"ce-specversion": "1.0", "ce-id": str(uuid.uuid4()), "ce-source": floor.source,
                 "ce-type": "sync.test.v1"}  # fmt: skip
        pairs = list({**sound, **headers}.items())
        return events_request(floor, body, media, *pairs)

    desk.run("binary", st.tuples(st.dictionaries(names, told, max_size=3), media, bodies), request, 110)


# -- how it is put on the line


def test_lengths_and_chunks(desk, floor):
    body = as_bytes(event(floor))
    sizes = st.lists(st.integers(1, 200), max_size=5)
    whole = sizes.map(lambda found: (chunks(as_bytes(event(floor)), found), None))
    broken = st.tuples(sizes, dice).map(lambda case: (garbled(chunks(body, case[0]), case[1], 1), None))
    lengths = st.sampled_from(["0", "1", "-1", "+5", "5,5", "0x10", "1e3", " ", "٣", str(len(body) - 1),
                               str(len(body) + 1), "99999999", "9" * 30, "abc", "1.5"])  # fmt: skip
    lied = st.tuples(st.just(body), lengths)

    def request(case):
        body, length = case
        if length is None:
            return events_request(floor, body, STRUCTURED, ("Transfer-Encoding", "chunked"), raw=True)
        return events_request(floor, body, length=length)

    desk.run("framing", whole | broken | lied, request, 70)


def test_headers_beside_the_event(desk, floor):
    # not X-Odoo-Database: on 19.0 it chooses the database, and of one that is not there 503 is the right answer
    names = st.sampled_from(
        [
            "Content-Encoding",
            "Content-Type",
            "Transfer-Encoding",
            "Expect",
            "Accept-Encoding",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "Authorization",
            "Host",
            "Range",
            "X-Forwarded-Host",
            "Cookie",
            "traceparent",
            "Prefer",
            "ce-id",
        ]
    )
    told = header_text | st.sampled_from(["gzip", "identity", "v1,", "v1", ",", "Bearer", "Bearer  ", "Basic eDp5",
                                          "1e400", "9" * 40, "-1", "wait=1e9", "100-continue", "a" * 8000])  # fmt: skip
    pairs = st.lists(st.tuples(names, told), min_size=1, max_size=4)
    desk.run("headers", pairs, lambda found: events_request(floor, as_bytes(event(floor)), STRUCTURED, *found), 60)


def test_addresses(desk, floor):
    known = f"/mfg_sync/v1/{floor.code}"
    odd = st.text(max_size=80).map(lambda text: quote(text, errors="replace", safe="/?&=")) | st.sampled_from(
        ["%00", "%ff%fe", "%ed%a0%80", "..%2f..", "%", "x" * 3000, "0" * 36, "1/2/3", "?x=%00", "*"]
    )
    roots = st.sampled_from([f"{known}/events/", f"{known}/", "/mfg_sync/", "/mfg_sync/v1/", f"{known}/outbox/"])
    method = st.sampled_from(["GET", "GET", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"])

    def request(case):
        root, rest, method = case
        body = as_bytes(event(floor)) if method == "POST" else b""
        headers = (bearer(floor), *((("Content-Type", STRUCTURED),) if body else ()))
        return Request(method, root + rest, headers, body)

    desk.run("addresses", st.tuples(roots, odd, method), request, 80)


# -- the outbox


def test_fetching(desk, fetcher):
    odd = st.sampled_from(
        ["", "0", "-1", "1001", "1e2", "٣", "%00", "NaN", "9" * 400, "1,2", "%ff", fetcher.handed[0], str(uuid.uuid4())]
    ) | st.text(max_size=30).map(lambda text: quote(text, errors="replace"))
    names = st.sampled_from(["limit", "limit", "after", "after", "x", "endpoint", "limit[]"])
    pairs = st.lists(st.tuples(names, odd), min_size=1, max_size=3)

    def request(found):
        query = "&".join(f"{name}={value}" for name, value in found)
        return Request("GET", f"{fetcher.path('outbox')}?{query}", (bearer(fetcher),))

    desk.run("fetching", pairs, request, 40)
    assert_untouched(fetcher)


def test_acknowledgements(desk, fetcher):
    """Of messages that were handed out: none is settled by what is not whole."""
    ids = st.sampled_from([*fetcher.handed, str(uuid.uuid4()), fetcher.handed[0].upper() + " "])
    wrong = readable.filter(lambda value: value not in ("done", "refused"))
    ack = (
        st.fixed_dictionaries({"uuid": ids, "result": wrong})
        | st.fixed_dictionaries(
            {
                "uuid": ids,
                "result": st.just("refused"),
                "reason": readable.filter(lambda value: not isinstance(value, str)),
            }
        )
        | st.fixed_dictionaries({"uuid": wrong, "result": st.just("done")})
        | st.fixed_dictionaries({"uuid": ids})
    )
    whole = st.fixed_dictionaries({"acks": st.lists(ack | readable, max_size=5)}) | readable
    body = whole.map(as_bytes) | values.map(lambda value: as_bytes({"acks": value})) | st.tuples(
        whole.map(as_bytes), dice).map(lambda case: garbled(case[0], case[1], 2))  # fmt: skip

    def request(body):
        return Request(
            "POST", fetcher.path("outbox/ack"), (("Content-Type", "application/json"), bearer(fetcher)), body
        )

    desk.run("acknowledgements", body, request, 90)
    assert_untouched(fetcher)


def assert_untouched(fetcher):
    assert {fetcher.row(uuid=told)["state"] for told in fetcher.handed} == {"pending"}


# -- X12


def interchange_request(partner, data, way):
    """An interchange as text in an event, as base64 in it, or bare with the attributes in headers."""
    if way == "binary":
        headers = {"ce-specversion": "1.0", "ce-id": str(uuid.uuid4()), "ce-source": partner.source,
                   "ce-type": "edi.x12.v1"}  # fmt: skip
        return events_request(partner, data, X12, *headers.items())
    told = event(partner, "edi.x12", data.decode("latin-1"), datacontenttype=X12)
    if way == "base64":
        del told["data"]
        told["data_base64"] = base64.b64encode(data).decode()
    return events_request(partner, as_bytes(told))


def broken_interchanges(desk, partner, family, documents, share):
    def request(case):
        document, dice, times, way = case
        sound = samples.addressed(document, next(partner.numbers_used))
        return interchange_request(partner, samples.garbled_x12(sound, dice, times), way)

    ways = st.sampled_from(("text", "text", "base64", "binary"))
    few = st.sampled_from((1, 1, 1, 2, 4))
    desk.run(family, st.tuples(st.sampled_from(documents), dice, few, ways), request, share)


def test_our_own_x12_documents_damaged(desk, partner):
    broken_interchanges(desk, partner, "own X12", samples.own_x12(), 70)


@pytest.mark.skipif(not samples.real_x12(), reason=samples.WHY_NOT)
def test_real_x12_documents_damaged(desk, partner):
    broken_interchanges(desk, partner, "real X12", samples.real_x12(), 90)


@pytest.mark.skipif(not samples.real_others(), reason=samples.WHY_NOT)
def test_real_documents_of_other_kinds(desk, floor, partner):
    """B2MML, EDIFACT, EPCIS, UBL, IDoc: as a body, as the data of an event, whole and damaged."""

    def request(case):
        (media, data), dice, times, way = case
        data = garbled(data, dice, times) if times else data
        if way == "body":
            return events_request(floor, data, media)
        if way == "data":
            return events_request(partner, as_bytes(event(partner, "edi.x12", data.decode("latin-1"))))
        if way == "as an event":
            return events_request(floor, data, STRUCTURED)
        return interchange_request(partner, data, "binary")

    ways = st.sampled_from(("body", "data", "as an event", "binary"))
    documents = st.sampled_from(samples.real_others())
    desk.run("other documents", st.tuples(documents, dice, st.integers(0, 3), ways), request, 60)


def test_an_order_with_one_line_that_is_known_and_one_that_is_not_makes_nothing(desk, partner):
    """A customer's 850 of an item that we sell, with a wrong line behind it and some element that makes no sense."""
    elements = st.sampled_from(("quantity", "unit", "price", "item", "date", "wanted", "more"))
    odd = st.sampled_from(("-5", "0", "1E400", "NaN", "9" * 18, "20260230", "QQ", "", "X" * 400, ">", "^", "ü", "1.2.3",
                           "N1", "00000000"))  # fmt: skip

    def request(case):
        name, value, way = case
        number = next(partner.numbers_used)
        told = {"quantity": "2", "unit": "EA", "price": "4.25", "item": partner.item, "date": "20260302",
                "wanted": "20260330", "more": "NORTHWIND DC"}  # fmt: skip
        told[name] = value
        return interchange_request(partner, order(number, **told), way)

    ways = st.sampled_from(("text", "base64", "binary"))
    desk.run("orders half known", st.tuples(elements, odd, ways), request, 40)


def order(number, *, quantity, unit, price, item, date, wanted, more):
    lines = ["ST*850*0001", f"BEG*00*SA*PO-{number}**{date}", "CUR*BY*USD", f"DTM*002*{wanted}", f"N1*ST*{more}*92*DC1",
             f"PO1*1*{quantity}*{unit}*{price}*PE*VP*{item}", f"PO1*2*1*EA*1*PE*VP*{WRONG}", "CTT*2",
             "SE*9*0001"]  # fmt: skip
    control = f"{number:09d}"
    head = [f"ISA*00*{'':10}*00*{'':10}*ZZ*{'NORTHWIND':15}*ZZ*{'RIDGELINE':15}*260302*0915*U*00401*{control}*0*T*>",
            f"GS*PO*NORTHWIND*RIDGELINE*20260302*0915*{number}*X*004010"]  # fmt: skip
    return ("~\n".join([*head, *lines, f"GE*1*{number}", f"IEA*1*{control}"]) + "~\n").encode()


# -- not even HTTP


@pytest.mark.parametrize(
    "request_", [
        Request("GET", "/mfg_sync/health", tuple((f"X-{number}", "x") for number in range(150))),
        Request("POST", "/mfg_sync/health", (("X-Long", "x" * 70_000),)),
        Request("GET", "/mfg_sync/health", (("", "no name"),)),
        Request("GET", "/mfg_sync/" + "x" * 70_000),
        Request("GET /mfg_sync", "/health"),
    ], ids=["many headers", "long header", "nameless header", "long address", "spaces"],
)  # fmt: skip
def test_what_is_no_http_ends_the_connection_and_nothing_else(desk, floor, request_):
    answer = send(desk.instance.url, request_)
    assert answer is None or answer.status < 500
    assert floor.post(floor.event()).status_code == 202
