"""Memory of a worker that drains 100,000 messages: how much it grows after its first 10,000."""

from bench.frame import Failure, Goal, Inside, row

WARM_UP, MESSAGES = 10_000, 100_000
STEP = 10_000
ROW = "memory of a worker after draining 100,000 messages, beside after its first 10,000"
ROWS = {ROW}


def measure(bench):
    with bench.inside() as worker:
        endpoint = worker.call("make_endpoint", code="memory", kinds=["sync.test"])
        feeder = Inside(worker.database)
        try:
            sizes = [drained(feeder, worker, endpoint) for _step in range(MESSAGES // STEP)]
        finally:
            feeder.close()
    bench.say(f"      MB: {', '.join(f'{size / 2**20:.0f}' for size in sizes)}")
    yield row(ROW, "MB", sizes[-1] / 2**20, sizes[WARM_UP // STEP - 1] / 2**20, Goal("<=", 1.1))


def drained(feeder, worker, endpoint):
    """Have another process accept messages and the worker apply them. Returns the worker's resident bytes."""
    feeder.call("accept", endpoint=endpoint, count=STEP, batch=1000)
    done, _seconds = worker.call("drain", endpoint=endpoint)
    if done != STEP:
        raise Failure(f"{done} of {STEP} messages were applied")
    return worker.call("memory")
