"""Values in a context that only the engine gives: over RPC anybody chooses the context, but no object of a class."""

from dataclasses import dataclass

#: name in the context: a message of a connection is being applied
INBOUND = "mfg_sync_inbound"
#: name in the context: the clock of the chunk in which it is applied (clock.py)
CLOCK = "mfg_sync_clock"


@dataclass(frozen=True)
class Given:
    value: object


def given(env, name):
    """What the engine gave under a name of the context, or None."""
    found = env.context.get(name)
    return found.value if isinstance(found, Given) else None
