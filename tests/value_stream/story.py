"""The story in eleven steps, each a function of the stage; it is true when each finds what it expects."""

import time

from value_stream import making, ordering, shipping
from value_stream.stage import Untrue
from value_stream.timeline import HEAD, Timeline

STEPS = [
    ("master data goes out and comes back with the other sides' ids", ordering.master_data),
    ("a customer orders by X12, and is answered", ordering.customers_order),
    ("what is to be made and bought: orders, reservation, a purchase order to the supplier", ordering.demand),
    ("the supplier announces lots, the warehouse confirms what came", ordering.supply),
    ("orders are released while the MES is down", making.release),
    ("the floor reports, twice and in the wrong order too", making.floor),
    ("an inspection fails, then passes", making.quality),
    ("the warehouse is told what is available", making.stock),
    ("a unit nobody knows needs a person", making.strange_unit),
    ("shipment, ship notice, invoice and cost", shipping.shipment),
    ("the warehouse states its stock", shipping.comparison),
]


def play(stage, until=None, say=print):
    """Play the steps in order; raises Untrue at the first one that is not. Returns how many were true."""
    timeline = Timeline(stage)
    say(HEAD)
    for number, (title, step) in enumerate(STEPS[:until], start=1):
        started = time.monotonic()
        try:
            step(stage)
            stage.sound()
        except Untrue as untrue:
            untrue.step = number, title
            raise
        except Exception as error:
            # whatever it was, the step is not true
            raise Untrue(f"{type(error).__name__} in the step", "none", error, (number, title)) from error
        say(f"{number:>4}  {title} ({time.monotonic() - started:.1f} s)")
        for line in timeline.lines(number):
            say(line)
    return len(STEPS[:until])
