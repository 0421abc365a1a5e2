"""Requests of a connection, proven and otherwise sound, into which what is wrong is put."""

from border.plant import STRUCTURED

from garbage.plant import bearer
from garbage.wire import Request


def event(plant, kind="sync.test", data=None, **values):
    return plant.event(type=f"{kind}.v1", data={"text": "Hello"} if data is None else data, **values)


def events_request(plant, body, media=STRUCTURED, *headers, signed=False, **more):
    """A request that proves itself: by the token, or by a signature where the body is text."""
    proof = list(plant.signed(body).items()) if signed else [bearer(plant)]
    target = f"/mfg_sync/v1/{plant.code}/events"
    return Request("POST", target, (("Content-Type", media), *proof, *headers), body, **more)
