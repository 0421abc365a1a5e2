"""Odoo as people and an auditor see it: sessions of users over JSON-RPC, and the database by SQL."""

import json
import os
from pathlib import Path

import psycopg2
import requests


class Refused(Exception):
    """What Odoo answered instead of a result.

    :ivar name: the class of the exception on the server, such as odoo.exceptions.UserError
    """

    def __init__(self, data):
        super().__init__(data.get("message"))
        self.name = data.get("name")


class Session:
    """A person who has logged in, with his or her own rights."""

    def __init__(self, url, database, login, password):
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        user = self._post("/web/session/authenticate", {"db": database, "login": login, "password": password})
        self.uid = user["uid"]
        # what the web client sends along; Odoo takes the company from it
        self.context = {"lang": "en_US", "tz": "UTC"}

    def call(self, model, method, *args, context=None, **kwargs):
        """Call a public method as the web client does; records are ids in both directions."""
        kwargs["context"] = {**self.context, **(context or {})}
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def create(self, model, values, **kwargs):
        """The id of a new record, the ids where `values` is a list."""
        return self.call(model, "create", values, **kwargs)

    def version(self):
        return self._post("/web/webclient/version_info", {})["server_version_info"]

    def read(self, model, domain, *fields, **kwargs):
        return self.call(model, "search_read", domain, list(fields), **kwargs)

    def one(self, model, domain, *fields, **kwargs):
        """The one record of a domain, as a dict; with no fields its id."""
        found = self.read(model, domain, *(fields or ("id",)), **kwargs)
        if len(found) != 1:
            raise LookupError(f"{len(found)} records of {model} fit {domain}, one was expected")
        return found[0] if fields else found[0]["id"]

    def ref(self, xmlid):
        module, _dot, name = xmlid.partition(".")
        return self.one("ir.model.data", [("module", "=", module), ("name", "=", name)], "res_id")["res_id"]

    def refs(self, xmlids):
        """Ids of records of one model by their XML ids."""
        domain = ["|"] * (len(xmlids) - 1)
        for xmlid in xmlids:
            module, _dot, name = xmlid.partition(".")
            domain += ["&", ("module", "=", module), ("name", "=", name)]
        rows = self.read("ir.model.data", domain, "module", "name", "res_id")
        found = {f"{row['module']}.{row['name']}": row["res_id"] for row in rows}
        return [found[xmlid] for xmlid in xmlids]

    def _post(self, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.http.post(self.url + path, json=body, timeout=120)
        answer.raise_for_status()
        result = answer.json()
        if "error" in result:
            raise Refused(result["error"]["data"])
        return result.get("result")


class Database:
    """The database of an instance, read by SQL."""

    def __init__(self, dsn):
        self.connection = psycopg2.connect(**dsn)
        self.connection.autocommit = True

    def rows(self, query, **params):
        """The rows of a query as dicts, each query in a transaction of its own."""
        with self.connection.cursor() as cursor:
            cursor.execute(query, params or None)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, query, **params):
        """The one value of the first row, None without rows."""
        found = self.rows(query, **params)
        return next(iter(found[0].values())) if found else None

    def close(self):
        self.connection.close()


class Instance:
    """What the instance file says, and the way to people and database.

    The file holds ``url, database, login, password`` of the administrator, ``db`` (how libpq connects; without it
    libpq's own defaults) and, once the company is set up, ``endpoints`` and ``people``.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.content = json.loads(self.path.read_text())
        self.url, self.database = self.content["url"], self.content["database"]
        self._sessions = {}
        self._db = None

    @property
    def admin(self):
        return self._session("admin", self.content["login"], self.content["password"])

    def person(self, role):
        """The session of one of the demo company's people: planner, buyer, clerk, steward."""
        known = self.content["people"][role]
        return self._session(role, known["login"], known["password"])

    def _session(self, role, login, password):
        if role not in self._sessions:
            self._sessions[role] = Session(self.url, self.database, login, password)
        return self._sessions[role]

    @property
    def db(self):
        if self._db is None:
            self._db = Database(self.content.get("db") or {"dbname": self.database})
        return self._db

    def endpoint(self, kind):
        return next(entry for entry in self.content["endpoints"] if entry["kind"] == kind)

    def save(self, **more):
        """Add to the file, which holds keys and so is for its owner only."""
        self.content.update(more)
        part = self.path.with_suffix(".part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.content, file, indent=4)
        part.replace(self.path)

    def close(self):
        if self._db is not None:
            self._db.close()
