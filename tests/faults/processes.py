"""Odoo's processes seen from outside: which one does what, and whether it is in the middle of something."""

import os
import signal
from contextlib import suppress

import psutil

APPLYING, DELIVERING, RUNNER, WORKER = "applying", "delivering", "the job runner", "a worker"
#: first keys of the locks held by the drains (engine/wake.py)
DRAINS = {0x6D66_6731: APPLYING, 0x6D66_6732: DELIVERING}
#: of the lock held by queue_job's runner
RUNNER_LOCK = 2293787760715711918


def children(masters):
    """``{pid}`` of all processes that these masters have started."""
    found = set()
    for master in masters:
        with suppress(psutil.Error):
            found |= {child.pid for child in psutil.Process(master).children(recursive=True)}
    return found


def at_work(sql):
    """``{pid: role}`` of processes that hold a lock which says what they do; Odoo names its sessions by their pid."""
    rows = sql(
        """SELECT a.application_name AS name, l.classid::bigint AS class, l.objid::bigint AS object, l.objsubid AS sub
           FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
           WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock'
             AND starts_with(a.application_name, 'odoo-') AND a.datname = current_database()"""
    )
    roles = {}
    for row in rows:
        pid = int(row["name"].rpartition("-")[2])
        if row["sub"] == 2 and row["class"] in DRAINS:
            roles[pid] = DRAINS[row["class"]]
        elif row["sub"] == 1 and (row["class"] << 32) + row["object"] == RUNNER_LOCK:
            roles[pid] = RUNNER
    return roles


def in_the_middle(pid, role, sql, port):
    """What a process (stopped, so that it stays so) is in the middle of: a transaction, a call over HTTP, or None.

    :param int port: where the other side is reached
    """
    (found,) = sql(
        """SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()
             AND xact_start IS NOT NULL""",
        [f"odoo-{pid}"],
    )
    # that of the job itself is open as long as its drain, also while that waits for more to do
    if found["n"] > (role in DRAINS.values()):
        return "transaction"
    if role == APPLYING:
        return None
    ports = _ports(pid)
    if role == DELIVERING:
        # its connection is kept between two messages: it waits for an answer as long as there is something to send
        sends = port in ports and sql("SELECT 1 FROM mfg_sync_message WHERE direction = 'out' AND state = 'pending'")
        return "HTTP call" if sends else None
    return "HTTP call" if ports else None


def _ports(pid):
    """Ports at the other ends of the connections of a process."""
    try:
        process = psutil.Process(pid)
        look = getattr(process, "net_connections", None) or process.connections
        return {each.raddr.port for each in look(kind="tcp") if each.status == psutil.CONN_ESTABLISHED}
    except psutil.Error:
        return set()


def kill_in_the_middle(pid, role, sql, port):
    """Stop a process, look, and kill it if it is in the middle of something; else it goes on. Returns of what."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return None
    caught = None
    try:
        caught = in_the_middle(pid, role, sql, port)
        return caught
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if caught else signal.SIGCONT)
