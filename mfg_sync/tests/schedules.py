"""For tests of what is told by a schedule: items, as messages or as a file."""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from ..engine import files, ledger, runs
from .common import SyncCase


class ScheduleCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mfg.sync.flow"].search([]).write({"mode": "off"})
        cls.endpoint = cls.make_endpoint("mes1", groups="stock.group_stock_user", kinds=(), url="http://127.0.0.1:9/")
        cls.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        cls.flow = cls.add_flows(cls.endpoint, "master.item")
        # only the items of this test are covered
        cls.flow.write({"domain": "[('default_code', '=like', 'SCH-%')]"})

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # not Odoo's own: it holds the keys and what says that this database is at home
        patched = patch.object(files, "config", {"data_dir": folder.name})
        patched.start()
        self.addCleanup(patched.stop)
        self.data_dir = Path(folder.name)

    def scheduled(self, **values):
        self.flow.write({"pattern": "scheduled", **values})

    def make_item(self, number=1, **values):
        return self.env["product.product"].create({"name": "Frame", "default_code": f"SCH-{number}", **values})

    def wait(self, **ago):
        """Time goes by: what was planned, and what is collected, is so much nearer."""
        self.captured()
        seconds = timedelta(**ago).total_seconds()
        for table, column in (("mfg_sync_schedule", "next_run"), ("mfg_sync_mark", "due")):
            # pylint: disable=sql-injection  # names are written above
            self.env.cr.execute(f"UPDATE {table} SET {column} = {column} - %s * interval '1 second'", [seconds])
        self.env.invalidate_all()

    def sweep(self):
        """What the cron's minute does for schedules."""
        self.captured()
        with self.own_cursors():
            ledger.settled(self.env.registry, runs.let_go_collected)
            runs.begin_due(self.env)

    def told(self):
        """What the delivery has made of it: names by item code, the last of each that is to be sent."""
        self.deliver(self.endpoint)
        messages = self.env["mfg.sync.message"].search([("flow_id", "=", self.flow.id)], order="id")
        return [
            (json.loads(message.payload)["item"]["code"], json.loads(message.payload)["name"]) for message in messages
        ]

    def folder(self):
        return self.data_dir / "mfg_sync_files" / self.env.cr.dbname / "mes1"

    def files(self):
        return sorted(self.folder().iterdir()) if self.folder().exists() else []

    def into_file(self, *numbers, **values):
        self.scheduled(target="file", **values)
        for number in numbers:
            self.make_item(number)
        self.wait(hours=1)
        self.sweep()

    def rows(self):
        return self.env["mfg.sync.message"].search([("flow_id", "=", self.flow.id)], order="id")
