"""The same load with 1, 2 and 4 job workers, and with 4 on two Odoo processes: the shape of the curve, and its limit.

Four connections, each with a shift's mix of execution events (and, apart, with messages without effect) that are there
before the clock runs. A connection's messages are applied by one worker at a time, so four is as far as four
connections go. Beside each rate: how busy the machine's cores were.
"""

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import psutil
from mfg_setup.live_instance import LiveInstance
from mfg_setup.server import Instance, free_ports

from bench.frame import row
from bench.load import post_all
from bench.plant import rest
from bench.shop import Shop, shift, told

WORKERS = (1, 2, 4)
CONNECTIONS, ORDERS, NOOPS, BATCH = 4, 4, 1000, 100
NODES = "4 on two Odoo processes behind a balancer"
SETUPS = [*map(str, WORKERS), NODES]
MIX_ROW = "scale out, mix of execution events, job workers: {}"
NOOP_ROW = "scale out, messages without effect, job workers: {}"
ROWS = {text.format(each) for text in (MIX_ROW, NOOP_ROW) for each in SETUPS}


def measure(bench):
    with ExitStack() as stack:
        plants = {str(count): Plants(bench, stack.enter_context(bench.instance(channels=channels(count))))
                  for count in WORKERS}  # fmt: skip
        plants[NODES] = Plants(bench, stack.enter_context(two_nodes(bench)))
        for text, method in ((MIX_ROW, Plants.mix), (NOOP_ROW, Plants.noops)):
            works = {name: lambda plant=plant, method=method: method(plant) for name, plant in plants.items()}
            found = bench.interleaved(**works, runs=min(3, bench.runs), warm_up=False)
            for name, rate in found.items():
                cores = " ".join(f"{share:.0f}%" for share in plants[name].cores)
                bench.say(f"      {name}: {rate / found['1']:.2f} times one worker; cores busy {cores}")
                yield row(text.format(name), "messages/s", rate, found["1"])


def channels(count):
    return ",".join(f"{name}:{count}" for name in ("root", "root.mfg_sync", "root.mfg_sync.apply"))


@contextmanager
def two_nodes(bench):
    """Two Odoo processes on one database; the first one's runner calls a balancer before both."""
    setting, databases = bench.templates.setting, bench.templates.databases
    with databases.scratch(bench.template, bench.templates.series, "bench") as database:
        balancer_port, *ports = free_ports(3)
        nodes = [Instance(setting, database, bench.folder / f"node{n}.log", node=f"-{n}") for n in (1, 2)]
        command = [sys.executable, "-m", "bench.balancer", *map(str, (balancer_port, *ports))]
        balancer = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            balancer.stdout.readline()
            nodes[1].start(runner=False, http_port=ports[1], max_cron_threads=0)
            runner = {"host": "127.0.0.1", "port": balancer_port}
            nodes[0].start(http_port=ports[0], channels=channels(max(WORKERS)), queue_job=runner)
            live = LiveInstance(nodes[0])
            try:
                yield live
            finally:
                live.close()
        finally:
            for node in nodes:
                node.stop()
            balancer.kill()
            balancer.wait()
            balancer.stdout.close()


class Plants:
    """Four connections with a shop each on one instance.

    :ivar cores: how busy each core was in the last sample, in percent
    """

    def __init__(self, bench, instance):
        self.instance, self.cores = instance, []
        self.shops = [Shop(instance, bench.series, f"shop{number}") for number in range(CONNECTIONS)]
        noop = instance.call("mfg.sync.message.type", "search", [("name", "=", "sync.test"), ("direction", "=", "in")])
        for shop in self.shops:
            flow = {"endpoint_id": shop.endpoint, "type_id": noop[0], "mode": "live"}
            instance.call("mfg.sync.flow", "create", flow)

    def mix(self):
        return self._rate({shop: told(shift(shop.orders(ORDERS))) for shop in self.shops})

    def noops(self):
        return self._rate({shop: [shop.noop() for _each in range(NOOPS)] for shop in self.shops})

    def _rate(self, events):
        for shop in self.shops:
            shop.pause()
        rest(self.instance)
        for shop in self.shops:
            shop.empty()
        for shop, facts in events.items():
            batches = [facts[start : start + BATCH] for start in range(0, len(facts), BATCH)]
            post_all(self.instance.url, [shop.request(batch) for batch in batches], 2)
        count = len(next(iter(events.values())))
        psutil.cpu_percent(percpu=True)
        started = time.monotonic()
        self.instance.call("mfg.sync.endpoint", "write", [shop.endpoint for shop in self.shops], {"paused": False})
        for shop in self.shops:
            shop.wait_done(count)
        seconds = time.monotonic() - started
        self.cores = psutil.cpu_percent(percpu=True)
        return count * CONNECTIONS / seconds
