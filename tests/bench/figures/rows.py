"""The cost of a message in a ledger of 2,000,000 rows, beside one of 10,000.

Inside one process on each of two databases: accepted in batches of 100 and applied without effect.
"""

from bench.frame import Failure, Goal, row

MANY, FEW = 2_000_000, 10_000
MESSAGES = 2000
ROW = "cost of a message in a ledger of 2,000,000 rows, beside one of 10,000"
ROWS = {ROW}


def measure(bench):
    with bench.inside() as few, bench.inside() as many:
        ledgers = {}
        for odoo, count in ((few, FEW), (many, MANY)):
            endpoint = odoo.call("make_endpoint", code="rows", kinds=["sync.test"])
            odoo.call("fill", endpoint=endpoint, count=count)
            ledgers[count] = lambda odoo=odoo, endpoint=endpoint: cost(odoo, endpoint)
        found = bench.interleaved(many=ledgers[MANY], few=ledgers[FEW])
    yield row(ROW, "ms", found["many"], found["few"], Goal("<=", 1.2))


def cost(odoo, endpoint):
    """Milliseconds of a message from its bytes to its effect."""
    accepting = odoo.call("accept", endpoint=endpoint, count=MESSAGES)
    done, applying = odoo.call("drain", endpoint=endpoint)
    if done != MESSAGES:
        raise Failure(f"{done} of {MESSAGES} messages were applied")
    return 1000 * (accepting + applying) / MESSAGES
