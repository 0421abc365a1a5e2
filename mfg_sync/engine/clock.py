"""How long a chunk lasts: what it has locked keeps whoever works on the same waiting."""

import time

FOREVER = float("inf")


class Clock:
    """The time of one chunk, of ``time.monotonic()``.

    People who work on the same stock or documents wait for its end, so it ends soon: so long after it first wrote on
    stock, and so long in all. Where nobody else has a transaction open at that moment nobody can wait; then it goes on,
    and looks again after each message.

    :ivar end: when it ends at the latest
    :ivar polite_end: when it ends as soon as somebody else is at work
    """

    def __init__(self, end=FOREVER, polite_end=FOREVER, stock_seconds=FOREVER, others=lambda: False):
        """
        :param others: whether anybody else is at work
        """
        self.end, self.polite_end = end, min(end, polite_end)
        self.stock_seconds, self.others = stock_seconds, others
        self._on_stock = self._is_over = False

    def wrote_on_stock(self):
        """From now on whoever moves the same waits."""
        if not self._on_stock:
            self._on_stock = True
            self.polite_end = min(self.polite_end, time.monotonic() + self.stock_seconds)

    def spent_looking(self, seconds):
        """Nobody waits for what was only looked at."""
        self.end += seconds
        self.polite_end += seconds

    def is_over(self):
        """Once it is over it stays so: what was passed over for it must not be passed by what stands behind it."""
        if not self._is_over:
            self._is_over = time.monotonic() >= self.end or self.is_polite_over() and self.others()
        return self._is_over

    def is_polite_over(self):
        """Whether it is over for whoever is at work, or begins now."""
        return time.monotonic() >= self.polite_end


def backend(cr):
    """The process of PostgreSQL behind a cursor."""
    return cr.connection.get_backend_pid()


def others_at_work(cr, own):
    """Whether anybody has a transaction open in this database, but for ``cr`` and these backends of ours.

    Drains of other connections count as well. What PostgreSQL tells of its backends it keeps for a transaction, unless
    it is asked anew; of those of another role it tells nothing.
    """
    cr.execute("SELECT pg_stat_clear_snapshot()")
    cr.execute(
        """SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND backend_type = 'client backend' AND xact_start IS NOT NULL
             AND pid <> pg_backend_pid() AND pid <> ALL(%s) LIMIT 1""",
        [list(own)],
    )
    return bool(cr.fetchone())
