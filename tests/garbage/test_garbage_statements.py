"""Statements of stock that are wrong, in one request or in parts."""

from border.plant import STRUCTURED
from hypothesis import strategies as st

from garbage.asking import event
from garbage.plant import bearer
from garbage.weird import as_bytes, damaged, readable, retold
from garbage.wire import Request

STATEMENT = "stock.statement.v1"


def statement_request(plant, kind, body, media=STRUCTURED, query="", method="POST"):
    headers = (bearer(plant), *((("Content-Type", media),) if method == "POST" else ()))
    return Request(method, f"/mfg_sync/v1/{plant.code}/statements/{kind}{query}", headers, body)


def test_statements(desk, floor):
    sound = st.sampled_from(floor.examples["stock.statement"])
    broken = sound.flatmap(lambda data: st.one_of(damaged(data), damaged(data, readable), retold(data)))
    odd = ("stock.statement", "stock.statement.v0", "stock.statement.v" + "9" * 30, "stock.statement.v%D9%A3", ".v1",
           "sync.test.v1", "no.such.v1", "%00", "%ff", "..%2Fevents", "x" * 300)  # fmt: skip
    kinds = st.sampled_from([STATEMENT] * 11 + list(odd))

    def request(case):
        kind, data = case
        return statement_request(floor, kind, as_bytes(event(floor, "stock.statement", data)))

    desk.run("statements", st.tuples(kinds, broken), request, 60)


def test_statements_in_parts(desk, floor):
    names = st.sampled_from(("a", "b", "c", "a", "b", "c", "", "..%2Fx", "%00", "%ff", "x" * 65, "a%20b", "a&upload=b"))
    numbers = st.sampled_from(("1", "2", "3", "1", "2", "3", "0", "-1", "1e2", "1.0", "NaN", "", "%D9%A3", "1001",
                               "9" * 30))  # fmt: skip
    pairs = st.fixed_dictionaries({"upload": names}, optional={"part": numbers, "of": numbers})
    closing = st.fixed_dictionaries({"sha256": readable | st.sampled_from(("0" * 64, "A" * 64))}).map(as_bytes)
    bodies = st.binary(max_size=60) | closing | readable.map(as_bytes)
    method = st.sampled_from(("POST", "POST", "POST", "GET", "DELETE"))

    def request(case):
        found, body, method = case
        query = "?" + "&".join(f"{name}={value}" for name, value in found.items())
        media = "application/octet-stream" if "part" in found else "application/json"
        return statement_request(floor, STATEMENT, body if method == "POST" else b"", media, query, method)

    desk.run("statements in parts", st.tuples(pairs, bodies, method), request, 90)
