"""A running Odoo as its tests see it."""

import psycopg2
import requests


class RpcError(Exception):
    """What Odoo answered instead of a result.

    :ivar name: the class of the exception on the server, such as odoo.exceptions.UserError
    """

    def __init__(self, data):
        super().__init__(data.get("message"))
        self.name = data.get("name")


class LiveInstance:
    """A server, its database and a person who may do everything.

    :ivar url: where it answers, without a slash at the end
    :ivar database: the name of its database
    :ivar login, password: of the administrator
    :ivar log: path of its log
    :ivar dsn: how psycopg2 connects to its database
    :ivar process: the server's process, which leads a session and group of its own
    """

    def __init__(self, running):
        self.running = running
        self.url = running.url
        self.database = running.database
        self.login, self.password = running.login, running.password
        self.log = running.log
        self.dsn = running.dsn
        self._connection = None
        self._uids = {}

    @property
    def process(self):
        return self.running.process

    def sql(self, query, params=None):
        """The rows of a query as dicts, None for a statement without rows; each in a transaction of its own."""
        if self._connection is None:
            self._connection = psycopg2.connect(**self.dsn)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(query, params)
            if cursor.description is None:
                return None
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model as the administrator."""
        return self.call_as(self.login, self.password, model, method, *args, **kwargs)

    def call_as(self, login, password, model, method, *args, **kwargs):
        """Call a method of a model as a user; RpcError when Odoo refuses."""
        if login not in self._uids:
            self._uids[login] = self._rpc("common", "login", self.database, login, password)
        user = (self.database, self._uids[login], password)
        return self._rpc("object", "execute_kw", *user, model, method, args, kwargs)

    def _rpc(self, service, method, *args):
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = requests.post(f"{self.url}/jsonrpc", json=body, timeout=120)
        answer.raise_for_status()
        result = answer.json()
        if "error" in result:
            raise RpcError(result["error"]["data"])
        return result.get("result")

    def close(self):
        if self._connection is not None:
            self._connection.close()
