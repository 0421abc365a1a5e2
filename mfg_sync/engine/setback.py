"""Whether the database was put back to an earlier state: a backup was restored in its place.

What happened since is unknown here and not to the other side, and ids, revisions and numbers are given anew, to other
facts. So each sweep counts in a sequence and writes the count, with all that has to go on from where it was, into a
file beside the key (engine/keys.py), which no backup of the database brings back. Where the database counts less than
the file says, it was put back. Only sweeps count, and they wait until it is dealt with (models/endpoint_home.py): rows
of the ledger would catch up by themselves.

A sequence, since it is read as it is now, whatever the transaction sees; and PostgreSQL never takes a committed count
back, also when it crashes. It is set to each number: by itself it logs 32 of them ahead, and what was recovered from a
snapshot of the disk would count above the file.
"""

import json
import logging
from datetime import datetime

from odoo.modules.registry import Registry

from .. import compat
from . import keys, ledger

_logger = logging.getLogger(__name__)

#: what stands for the stamp of a connection until an Administrator has looked at it
PUT_BACK = "put back"
#: first key of the advisory lock of who counts
COUNTING = 0x6D66_6734
#: SQL: how often the sweep has counted
COUNT = "(SELECT last_value FROM mfg_sync_sweeps)"


def known(dbname, uuid):
    """What the file says of a database.

    :return dict: ``{uuid, sweeps, when}`` (UTC, ISO) and what :meth:`_known` of connections adds; None: nothing
    """
    try:
        found = json.loads(keys.content(_name(dbname)) or "null")
    except ValueError:
        _logger.warning("mfg_sync: %s in the data folder can't be read; the next sweep writes it anew", _name(dbname))
        return None
    return found if found and found["uuid"] == uuid else None


def is_before(dbname, uuid, count):
    """Whether a database that has counted so far is older than what the file says of it."""
    found = known(dbname, uuid)
    return bool(found) and count < found["sweeps"]


def stamp(environment, instance, dbname, uuid):
    """What a connection bears that is at home in a database: see keys.instance_id."""
    return "|".join(part or "" for part in (environment, instance, dbname, uuid))


def is_home(dbname, uuid, row):
    """Whether a connection is at home in this database, and that was not put back to a backup.

    :param dict row: its ``environment, stamp``, and ``sweeps`` (:data:`COUNT`)
    """
    home = stamp(row["environment"], keys.instance_id(), dbname, uuid)
    return row["stamp"] == home and not is_before(dbname, uuid, row["sweeps"])


def is_put_back(env):
    # sudo: the database's uuid is readable by administrators only, and is not shown
    uuid = env["ir.config_parameter"].sudo().get_param("database.uuid")
    env.cr.execute(f"SELECT {COUNT}")
    return is_before(env.cr.dbname, uuid, env.cr.fetchone()[0])


def look(registry):
    """A sweep's look: stop all where the database was put back, else write down how far it is."""
    with ledger.flushed(registry) as env:
        endpoint = env["mfg.sync.endpoint"]
        found = None if endpoint._stop_if_put_back() else endpoint._counted()
    # after the commit: the file must never be ahead of the database
    if found:
        write(registry.db_name, found)


def count(cr):
    # one at a time, and on disk before the file is written: it must never say more than the database
    cr.execute("SELECT pg_advisory_xact_lock(%s, 0), set_config('synchronous_commit', 'on', true)", [COUNTING])
    cr.execute("SELECT setval('mfg_sync_sweeps', nextval('mfg_sync_sweeps'))")
    return cr.fetchone()[0]


def catch_up(cr, sweeps):
    """Count above the file, once it is committed that nobody goes on by himself: a sequence takes nothing back."""
    if not compat.commits(cr):
        _catch_up(cr, sweeps)
        return
    dbname = cr.dbname

    def committed():
        try:
            with Registry(dbname).cursor() as own:
                _catch_up(own, sweeps)
        except Exception:
            # until then the connections stay as they are: stopped
            _logger.warning("mfg_sync: the next sweep deals with the restored backup once more", exc_info=True)

    cr.postcommit.add(committed)


def _catch_up(cr, sweeps):
    cr.execute("SELECT setval('mfg_sync_sweeps', GREATEST(last_value, %s)) FROM mfg_sync_sweeps", [sweeps])


def write(dbname, found):
    """:param dict found: as :func:`known` returns it"""
    try:
        keys.put(_name(dbname), json.dumps({**found, "when": datetime.utcnow().isoformat(timespec="seconds")}))
    except OSError:
        _logger.warning("mfg_sync: the data folder can't be written: a restored backup would not be noticed")


def forget(dbname):
    """The addon goes, and its count begins anew where it comes back."""
    keys.drop(_name(dbname))


def _name(dbname):
    return f"known-{dbname}.json"
