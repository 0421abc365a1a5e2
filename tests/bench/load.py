"""An application of the other side that talks to Odoo as fast as it can: requests prepared before the clock runs."""

import http.client
import json
import threading
import time
import urllib.parse
import xmlrpc.client

from bench.frame import Failure


def run_threads(works):
    """Run functions at once, each in a thread. Returns the seconds until the last one is done."""
    failures = []

    def guarded(work):
        try:
            work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=[work], daemon=True) for work in works]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    if failures:
        raise Failure(f"{len(failures)} of {len(works)} senders failed: {failures[0]!r}")
    return seconds


def shares(things, count):
    """Deal things to so many, in turn."""
    return [things[number::count] for number in range(count)]


class Sender:
    """One connection to a server, kept alive where the server keeps it."""

    def __init__(self, url):
        self.host = urllib.parse.urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=120)

    def post(self, path, body, headers, expected=(200, 202)):
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in expected:
            raise Failure(f"POST {path} answers {answer.status}: {text[:300]!r}")
        return text


def post_all(url, requests, concurrency):
    """Send prepared ``(path, body, headers)`` over so many connections at once. Returns the seconds it took."""

    def work(share):
        sender = Sender(url)
        for path, body, headers in share:
            sender.post(path, body, headers)

    return run_threads([lambda share=share: work(share) for share in shares(requests, concurrency)])


class Script:
    """What integrators write: XML-RPC, one login, one call after the other over a connection kept alive."""

    def __init__(self, instance):
        self.database, self.password = instance.database, instance.password
        common = xmlrpc.client.ServerProxy(f"{instance.url}/xmlrpc/2/common", allow_none=True)
        self.uid = common.login(self.database, instance.login, self.password)
        self.models = xmlrpc.client.ServerProxy(f"{instance.url}/xmlrpc/2/object", allow_none=True)

    def call(self, model, method, *args, **kwargs):
        try:
            return self.models.execute_kw(self.database, self.uid, self.password, model, method, args, kwargs)
        except xmlrpc.client.Fault as fault:
            # 19.0 has done it, committed it, and can't tell the nothing that the method returns
            if "cannot marshal None" not in fault.faultString:
                raise
            return None


def as_json(what):
    return json.dumps(what, separators=(",", ":")).encode()
