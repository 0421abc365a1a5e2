"""When to try again: base, doubling, full jitter, cap; a Retry-After of the other side is honoured up to the cap."""

import random

CAP = 3600.0


def delay(attempts, first=5.0, retry_after=None, cap=CAP):
    """Seconds until the next attempt.

    :param int attempts: those made before this one
    :param float first: what the first retry waits at the most
    :param float cap: what the last one waits at the most, unless the other side asks for more
    """
    ceiling = min(cap, first * 2 ** min(attempts, 20))
    # not below a tenth: full jitter from zero would now and then hit a server that has just said no
    wait = random.uniform(ceiling / 10, ceiling)  # noqa: S311 (jitter, not a secret)
    return min(CAP, max(wait, retry_after or 0.0))
