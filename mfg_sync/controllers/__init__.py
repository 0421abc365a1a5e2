from . import events
from . import outbox
