"""What a limited sender is told: RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10)."""

import math

POLICY = "events"


def headers(rate, burst, left, wait=None):
    """Fields of an answer; all numbers are whole, as the draft wants them, and none promises too much.

    :param float rate: events a second; :param int burst: the most at once
    :param float left: what is in the bucket; below zero after a batch that was larger than the burst
    :param int wait: seconds until the refused request may come again; None: it was taken
    """
    reset = math.ceil(max(0.0, burst - left) / rate) if wait is None else wait
    return {
        "RateLimit-Policy": f'"{POLICY}";q={burst};qu="events";w={max(1, math.ceil(burst / rate))}',
        "RateLimit": f'"{POLICY}";r={max(0, math.floor(left))};t={reset}',
        **({} if wait is None else {"Retry-After": str(wait)}),
    }
