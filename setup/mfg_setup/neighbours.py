"""Whether our addons leave Odoo's own ones as they were: Odoo's tests, without ours and with them side by side."""

import json
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from .databases import data_dir
from .layout import CACHE, LOGS, ROOT, short_hash, tree_hash
from .results import Results, read_junit
from .server import free_ports
from .steps import SetupFailure, run, say, step
from .templates import Templates

#: whose tests are run; the longest one first
ADDONS = (
    "mrp",
    "stock",
    "mrp_account",
    "sale_stock",
    "purchase_stock",
    "stock_landed_costs",
    "maintenance",
)
#: kinds of messages, and the models they tell of: a live connection of each company is told while the tests run
#: (watch_everything.py), and must have been told of each
WATCHED = {
    "master.item": ("product.product",),
    "master.bom": ("mrp.bom",),
    "mes.order.released": ("mrp.production",),
    "stock.available": ("product.product",),
    "wms.receipt.expected": ("stock.picking",),
    "wms.shipment.requested": ("stock.picking",),
    "edi.810": ("account.move", "stock.picking"),
    "edi.850": ("purchase.order",),
    "edi.856": ("stock.picking",),
}
#: kinds that are switched on too, but that no test of these addons brings about
UNTOUCHED = {"edi.855": "confirms orders that bear the customer's number, and none of these tests gives one"}
#: kinds that no change in Odoo tells
QUIET = {"sync.test": "a person sends it to try a connection"}
#: what lies here is installed beside our addons: it watches also the companies that a test makes, and makes X12
#: documents go to whomever a test deals with
WATCHER, WATCHER_FOLDER = "mfg_watch", ("tests", "neighbours", "addons")
#: a sequence is not rolled back, as everything else is after a test
COUNT = """
    CREATE FUNCTION neighbours_count() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE kind text;
    BEGIN
        SELECT t.name INTO kind FROM mfg_sync_flow f JOIN mfg_sync_message_type t ON t.id = f.type_id
        WHERE f.id = NEW.flow_id AND t.direction = 'out';
        IF kind IS NOT NULL THEN
            PERFORM nextval('neighbours_' || translate(kind || '_' || NEW.res_model, '.', '_'));
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER neighbours BEFORE INSERT ON mfg_sync_mark FOR EACH ROW EXECUTE FUNCTION neighbours_count();
    CREATE TRIGGER neighbours BEFORE INSERT ON mfg_sync_message FOR EACH ROW EXECUTE FUNCTION neighbours_count();
"""


class Neighbours:
    """The comparison for one series; what was found for an addon is kept, so that a run can be resumed."""

    def __init__(self, templates, addons=ADDONS, again=False):
        own = templates.setting.tree.joinpath(*WATCHER_FOLDER)
        self.setting = replace(templates.setting, more_addons=(own,))
        self.templates, self.databases = Templates(self.setting, templates.databases), templates.databases
        self.own = own
        self.addons, self.again = addons, again
        self.folder = CACHE / "neighbours"
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self):
        """Compare, print a line an addon and a table of what was told, and return Results: one for each addon."""
        standard, ours = self.templates.standard(), self.templates.with_more("watch", (WATCHER,), tree_hash([self.own]))
        say(f"\n== Odoo {self.setting.series}: Odoo's own tests, without our addons and with them")
        results, told = Results(), dict.fromkeys(pairs(), 0)
        for addon in self.addons:
            kept = self.folder / f"{short_hash(standard, ours, addon)}.json"
            if self.again or not kept.exists():
                kept.write_text(json.dumps(self._compare(standard, ours, addon)))
                note = ""
            else:
                note = " (kept from an earlier run)"
            found = json.loads(kept.read_text())
            for pair, count in found["told"].items():
                told[pair] += count
            if found["skipped"]:
                say(f"   {addon}: Odoo {self.setting.series} skips all of its own tests ({found['skipped']}){note}")
                results = results.skip(f"Odoo {self.setting.series} skips all its own tests of {addon}")
                continue
            good = found["compared"] and not found["harmed"]
            results += Results(passed=1) if good else Results(failed=1)
            say(
                f"   {addon}: {found['compared']} tests pass without our addons, {len(found['harmed'])} of them fail "
                f"with them; {found['seconds'][0]:.0f} s without, {found['seconds'][1]:.0f} s with{note}"
            )
            for name in found["harmed"]:
                say(f"      !! {name}")
        say("   rows captured meanwhile: " + ", ".join(f"{pair} {count}" for pair, count in told.items()))
        if set(self.addons) == set(ADDONS):
            silent = [pair for pair, count in told.items() if not count]
            for pair in silent:
                say(f"      !! never told of: {pair}")
            results += Results(failed=len(silent)) if silent else Results(passed=1)
        return results

    def _compare(self, standard, ours, addon):
        with (
            self.databases.scratch(standard, self.templates.series, "neighbour") as without,
            self.databases.scratch(ours, self.templates.series, "neighbour") as with_ours,
        ):
            self._watch(with_ours)
            runs = [self._start(without, addon, ours=False), self._start(with_ours, addon, ours=True)]
            try:
                while any([one.going() for one in runs]):
                    time.sleep(0.5)
            finally:
                for one in runs:
                    one.process.kill()
                    one.process.wait()
            outcomes = [outcomes_of(one.report) for one in runs]
            alone = read_junit(runs[0].report)
            return {
                "compared": sum(1 for good in outcomes[0].values() if good),
                "harmed": harmed(*outcomes),
                "skipped": 0 if alone.passed or alone.failed else alone.skipped,
                "told": {pair: self._told(with_ours, pair) for pair in pairs()},
                "seconds": [one.seconds for one in runs],
            }

    def _watch(self, database):
        """Switch every synchronization on, and count what it captures."""
        log = LOGS / f"{self.templates.series}-watch.log"
        log.unlink(missing_ok=True)
        command = self.setting.command(
            self.setting.write_config(database), "--no-http", "-d", database, subcommand=("shell",)
        )
        script = ROOT / "setup" / "mfg_setup" / "watch_everything.py"
        with step("switch on every synchronization") as current, script.open() as text:
            run(command, log, current, stdin=text, env=self.setting.environment, cwd=data_dir(database))
        if "WATCHING" not in log.read_text(errors="replace"):
            raise SetupFailure("the synchronizations could not be switched on", log)
        self.databases.rows(database, "".join(f"CREATE SEQUENCE {sequence(pair)};" for pair in pairs(True)) + COUNT)

    def _told(self, database, pair):
        ((last, called),) = self.databases.rows(database, f"SELECT last_value, is_called FROM {sequence(pair)}")
        return int(last) if called == "t" else 0

    def _start(self, database, addon, *, ours):
        (port,) = free_ports(1)
        kind = "with" if ours else "without"
        log = LOGS / f"{self.templates.series}-neighbour-{addon}-{kind}.log"
        config = self.setting.write_config(database, ours=ours, http_port=port)
        report = data_dir(database) / "report.xml"
        tests = self._addon_folder(addon) / "tests"
        command = [
            *(self.setting.python, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml"),
            *(f"--rootdir={tests.parent}", f"--junitxml={report}", "-p", "no:cacheprovider", "--odoo-http"),
            *(f"--odoo-config={config}", f"--odoo-database={database}"),
            *(("-p", "mfg_setup.telling") if ours else ()),
            tests,
        ]
        with log.open("w") as output:
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=data_dir(database),
                env=self.setting.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return _Run(process, report)

    def _addon_folder(self, addon):
        for path in self.setting.odoo.addons_paths:
            if (path / addon / "tests").is_dir():
                return path / addon
        raise SetupFailure(f"Odoo {self.setting.series} has no addon {addon} with tests")


def pairs(all_kinds=False):
    """``kind model`` of all that is watched; with ``all_kinds`` also what no test is known to touch."""
    watched = {**WATCHED, **({kind: ("sale.order",) for kind in UNTOUCHED} if all_kinds else {})}
    return [f"{kind} {model}" for kind, models in watched.items() for model in models]


def sequence(pair):
    """Name of the sequence that counts a pair."""
    return "neighbours_" + pair.replace(" ", "_").replace(".", "_")


class _Run:
    """One run of an addon's tests, and how long it takes."""

    def __init__(self, process, report):
        self.process, self.report = process, report
        self.started, self.seconds = time.monotonic(), None

    def going(self):
        if self.seconds is None and self.process.poll() is not None:
            self.seconds = time.monotonic() - self.started
        return self.seconds is None


def outcomes_of(report):
    """``{test: whether it passed}`` of a report of pytest; skipped ones are left out; {} where there is no report."""
    try:
        cases = ElementTree.parse(report).iter("testcase")
    except (FileNotFoundError, ElementTree.ParseError):
        return {}
    outcomes = {}
    for case in cases:
        if case.find("skipped") is None:
            name = f"{case.get('classname')}::{case.get('name')}"
            good = case.find("failure") is None and case.find("error") is None
            outcomes[name] = good and outcomes.get(name, True)
    return outcomes


def harmed(without, with_ours):
    """Tests that pass without our addons and do not with them, also because they did not run."""
    return sorted(name for name, good in without.items() if good and not with_ours.get(name))
