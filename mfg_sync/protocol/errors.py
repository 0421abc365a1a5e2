"""The one error of this layer: a problem of RFC 9457 with our extra members."""


class Problem(Exception):
    """A refusal that can be told to the sender.

    :param int status: HTTP status
    :param str code: our stable word for it (``schema``, ``signature`` …)
    :param str title: what kind of problem, the same for every occurrence
    :param str detail: this occurrence: which value, what was expected, what to do
    :param list errors: ``{"pointer", "detail"}`` for each finding
    :param dict headers: further headers of the answer (when to come again)
    """

    def __init__(self, status, code, title, detail="", errors=(), headers=None):
        super().__init__(detail or title)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.errors, self.headers = list(errors), dict(headers or {})

    def to_dict(self):
        problem = {
            "type": f"urn:mfg-sync:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            problem["detail"] = self.detail
        if self.errors:
            problem["errors"] = self.errors
        return problem
