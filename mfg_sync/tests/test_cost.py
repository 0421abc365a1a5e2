import json
import uuid

from odoo.tests import tagged

from ..engine import claim, ledger, release
from .orders import EngineCase


class Explained:
    """A cursor that notes the plan of each query and the pages it touches.

    EXPLAIN runs it once more: what is locked stays locked.
    """

    def __init__(self, cr):
        self.cr, self.pages, self.plans = cr, [], []

    def execute(self, query, params=None):
        self.cr.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query, params)
        plan = self.cr.fetchone()[0][0]["Plan"]
        self.plans.append(str(plan))
        self.pages.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        self.cr.execute(query, params)

    def __getattr__(self, name):
        return getattr(self.cr, name)


@tagged("post_install", "-at_install", "mfg_sync")
class TestCost(EngineCase):
    """After an outage thousands of messages wait, and the planner was told last that hardly any do."""

    LANES = 200

    def test_claiming_lanes_does_not_look_at_the_whole_backlog_for_each(self):
        self.env.flush_all()
        self.env.cr.execute("ANALYZE mfg_sync_message")
        self.claim_from_a_backlog()

    def test_nor_does_it_in_a_new_database_that_was_never_analyzed(self):
        """The planner knows nothing then, and an index of the connection's rows, if smaller, looks as good as any."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM pg_statistic WHERE starelid = 'mfg_sync_message'::regclass")
        self.env.cr.execute("CREATE INDEX mfg_sync_message_of_somebody ON mfg_sync_message (endpoint_id)")
        self.claim_from_a_backlog()

    def claim_from_a_backlog(self):
        row = {
            "direction": "in",
            "endpoint_id": self.endpoint.id,
            "company_id": self.env.company.id,
            "flow_id": self.flow.id,
            "type_name": "sync.test.v1",
            "source": "urn:mes1",
            "payload": json.dumps({"text": "x" * 200}),
        }
        ids = [str(uuid.uuid4()) for _each in range(5 * self.LANES)]
        ledger.insert(self.env.cr, [{**row, "uuid": one, "event_id": one, "lane": one} for one in ids])
        cr = Explained(self.env.cr)
        due = claim.due_lanes(cr, self.endpoint.id, "in", self.LANES)
        found = claim.lock_lanes(cr, self.endpoint.id, "in", due, self.LANES)
        self.assertEqual(len(found), self.LANES)
        for pages in cr.pages:
            self.assertLess(pages, 30 * self.LANES)
        cr = Explained(self.env.cr)
        self.assertEqual(release.release_lanes(cr, self.endpoint.id, "in", due), [])
        self.assertIn("mfg_sync_message_held", cr.plans[0], "nothing is held, and no message is visited to see that")
