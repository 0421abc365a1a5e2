"""What can go wrong with a message, as classes: the drain decides by the class, people read the text.

Every text names the document, the field, the value and what to do. ``pointer`` is the JSON Pointer into the data.
"""


class SyncError(Exception):
    """Base of all; ``error_class`` is what is stored and counted."""

    error_class = "permanent"

    def __init__(self, text, pointer=""):
        super().__init__(text)
        self.text, self.pointer = text, pointer


class DataError(SyncError):
    """The message itself is wrong or can never fit; a person corrects it or cancels it → dead."""

    error_class = "data"


class PermanentError(SyncError):
    """Odoo or the other side refuses for good → dead."""


class TransientError(SyncError):
    """It may work later without anybody doing anything → pending, later.

    :param float retry_after: seconds the other side asked for, or None
    """

    error_class = "transient"

    def __init__(self, text, pointer="", retry_after=None):
        super().__init__(text, pointer)
        self.retry_after = retry_after


class LineError(TransientError):
    """Not about this message: no connection, no answer in time, 5xx → as above, and the breaker counts it."""


class AuthError(SyncError):
    """Outbound 401 or 403: the connection's credentials are not accepted → the connection stops, rows stay."""

    error_class = "auth"


class GoneError(SyncError):
    """Outbound 410: the other side has retired the address → the connection is paused."""

    error_class = "gone"


class Held(SyncError):
    """The message steps aside or waits for a decision; nothing of it has happened yet.

    :param str wait_key: what releases it (``lot:42``, ``map:uom:KARTON``), or empty when only a person can
    """

    reason = None
    needs_person = False

    def __init__(self, text, wait_key="", pointer=""):
        super().__init__(text, pointer)
        self.wait_key = wait_key


class Early(Held):
    """It came before what it builds on (a scrap before its operation started)."""

    error_class = reason = "early"


class ReferenceMissing(Held):
    """It names something Odoo does not know yet and another message may still bring (an order, a lot)."""

    error_class = reason = "reference"


class ReferenceAmbiguous(ReferenceMissing):
    """It names what several records fit: a match says which, and another one must never be made of it."""


class MappingMissing(ReferenceMissing):
    """It uses a code nobody has mapped; only a person can release it, so it needs one at once."""

    error_class = "mapping"
    needs_person = True


class Conflict(Held):
    """Ownership refuses the change; a person chooses a side."""

    error_class = reason = "conflict"
    needs_person = True


class LookAlike(Held):
    """It may be the same fact under another id; a person says "the same" or "really new"."""

    error_class = "conflict"
    reason = "look_alike"
    needs_person = True
