from . import events
from . import outbox
from . import statements
