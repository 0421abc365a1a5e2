import json

from psycopg2.extras import execute_values

from odoo import http
from odoo.http import request

INSERT = "INSERT INTO mfg_bench_event (event_id, kind, source, occurred, payload) VALUES "
BARE = {"type": "http", "auth": "none", "csrf": False, "save_session": False, "methods": ["POST"], "readonly": False}


class Raw(http.Controller):
    """The least that a route can do with an event: no proof of the sender, no check, no repetition found."""

    @http.route("/mfg_bench/raw", **BARE)
    def raw(self, **kw):
        event = json.loads(request.httprequest.get_data())
        request.env.cr.execute(INSERT + "(%s, %s, %s, %s, %s)", values_of(event))
        return request.make_json_response({"status": "accepted"}, status=202)

    @http.route("/mfg_bench/raw_batch", **BARE)
    def raw_batch(self, **kw):
        events = json.loads(request.httprequest.get_data())
        rows = [values_of(event) for event in events]
        execute_values(request.env.cr._obj, INSERT + "%s", rows, page_size=len(rows))
        return request.make_json_response({"results": [{"status": "accepted"}] * len(events)}, status=202)


def values_of(event):
    occurred = event.get("time")
    return (
        event["id"],
        event["type"],
        event["source"],
        occurred and occurred[:19].replace("T", " "),
        json.dumps(event["data"]),
    )
