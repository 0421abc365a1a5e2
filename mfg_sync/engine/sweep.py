"""Every minute: what nobody woke, what waits too long, what is held although its reason is gone."""
import logging

from . import ledger, wake

_logger = logging.getLogger(__name__)

LIMIT = 500


class Sweep:
    def __init__(self, env):
        self.env, self.cr = env, env.cr

    def run(self):
        changed = self._look_again() + self._lost_blockers() + self._out_of_patience()
        ledger.refresh_statuses(self.cr, changed)
        self.env["mfg.sync.task"]._ask_for_new()
        wanted = self._work()
        if wake.runner_answers(self.cr):
            wake.wake(self.env, wanted)
            return
        # the drains work on cursors of their own and must see what was released here
        self.cr.commit()
        self._drain(wanted)

    def _look_again(self):
        """Early and reference-held rows, at growing intervals: what they wait for may have come by another way."""
        self.cr.execute(
            f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, next_attempt_at = {ledger.NOW}
                WHERE id IN (SELECT id FROM mfg_sync_message WHERE state = 'held' AND hold_reason IN ('early', 'reference')
                             AND NOT needs_person AND next_attempt_at <= {ledger.NOW}
                             ORDER BY next_attempt_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED) RETURNING id""", [LIMIT])
        return [row_id for (row_id,) in self.cr.fetchall()]

    def _lost_blockers(self):
        self.cr.execute(
            f"""UPDATE mfg_sync_message m SET state = 'pending', hold_reason = NULL, blocker_id = NULL,
                       needs_person = false, next_attempt_at = {ledger.NOW}
                WHERE m.state = 'held' AND m.hold_reason = 'blocked' AND NOT EXISTS (
                      SELECT 1 FROM mfg_sync_message b WHERE b.id = m.blocker_id AND b.state IN ('pending', 'held', 'dead'))
                RETURNING id""")
        return [row_id for (row_id,) in self.cr.fetchall()]

    def _out_of_patience(self):
        """Held past patience: a person is asked; the row keeps looking for what it waits for."""
        self.cr.execute(
            f"""UPDATE mfg_sync_message SET needs_person = true
                WHERE state = 'held' AND NOT needs_person AND patience_until < {ledger.NOW} RETURNING id""")
        return [row_id for (row_id,) in self.cr.fetchall()]

    def _work(self):
        self.cr.execute(
            f"""SELECT DISTINCT endpoint_id, direction FROM mfg_sync_message
                WHERE state = 'pending' AND next_attempt_at <= {ledger.NOW}
                UNION SELECT DISTINCT endpoint_id, 'out' FROM mfg_sync_mark""")
        active = set(self.env["mfg.sync.endpoint"].search([("paused", "=", False)]).ids)
        return {(endpoint_id, direction) for endpoint_id, direction in self.cr.fetchall() if endpoint_id in active}

    def _drain(self, wanted):
        from .delivery import Delivery
        from .drain import Drain

        for endpoint_id, direction in sorted(wanted):
            worker = Drain if direction == "in" else Delivery
            try:
                worker(self.env.registry, endpoint_id).run(seconds=5)
            except Exception:
                # one connection's trouble must not keep the others from being served (promise 3)
                _logger.exception("mfg_sync: the drain of connection %s failed", endpoint_id)
