"""Looks at the database beside Odoo: what changed in it, and where messages ended."""

from border.plant import SAYS_SOMETHING

#: rows of these tables are the record of what came, and the work of reading it; nothing else may change
RECORDS = (
    "mfg_sync_message", "mfg_sync_attempt", "mfg_sync_document", "mfg_sync_status", "mfg_sync_refused",
    "mfg_sync_statement", "mfg_sync_statement_line", "mfg_sync_upload", "mfg_sync_upload_part", "mfg_sync_figure",
    "queue_job", "queue_job_lock", "ir_cron", "ir_cron_trigger", "ir_cron_progress",
    "bus_bus", "bus_presence", "res_users_log", "res_device_log",
)  # fmt: skip


def contents(instance):
    """``{table: (rows, sum of the hashes of their contents)}`` of every table but those of RECORDS."""
    tables = [
        row["name"]
        for row in instance.sql("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        if row["name"] not in RECORDS
    ]
    # one statement, so one snapshot: a sum does not depend on the order in which rows are met
    each = (
        f"""SELECT '{name}' AS name, count(*) AS rows,
                   COALESCE(sum(hashtextextended(t::text, 0)::numeric), 0) AS hash FROM "{name}" t
            {f"WHERE {SAYS_SOMETHING}" if name == "mfg_sync_binding" else ""}"""
        for name in tables
    )
    return {row["name"]: (row["rows"], row["hash"]) for row in instance.sql(" UNION ALL ".join(each))}


def differences(before, after):
    return [
        f"{name}: {before.get(name, (0, 0))[0]} rows before, {rows} now"
        + (", other contents" if rows == before.get(name, (0, 0))[0] else "")
        for name, (rows, found) in after.items()
        if before.get(name) != (rows, found)
    ]


def at_work(instance):
    """Inbound rows whose end is not known yet."""
    (found,) = instance.sql(
        "SELECT count(*) AS n FROM mfg_sync_message WHERE direction = 'in' AND state NOT IN ('done', 'held', 'dead', "
        "'cancelled')"
    )
    return found["n"]


def ends(instance, since):
    """How many inbound rows with an id above ``since`` ended in each state."""
    rows = instance.sql(
        "SELECT state, count(*) AS n FROM mfg_sync_message WHERE direction = 'in' AND id > %s GROUP BY 1", [since]
    )
    return {row["state"]: row["n"] for row in rows}


def newest(instance):
    return instance.sql("SELECT COALESCE(max(id), 0) AS id FROM mfg_sync_message")[0]["id"]


def arrived(instance, since):
    """The uuids of what came by itself, not as a part of something."""
    rows = instance.sql(
        "SELECT uuid FROM mfg_sync_message WHERE direction = 'in' AND id > %s AND parent_id IS NULL", [since]
    )
    return {row["uuid"] for row in rows}


def silent(instance, since):
    """Rows that do not say what became of them, or say that Odoo itself failed on them."""
    return instance.sql(
        """SELECT type_name, state, hold_reason, left(payload, 500) AS payload, error_text FROM mfg_sync_message
           WHERE direction = 'in' AND id > %s AND (
               state = 'done' AND COALESCE(result_text, '') = ''
               OR state IN ('held', 'dead') AND COALESCE(error_text, '') = '' AND hold_reason IS DISTINCT FROM 'blocked'
               OR state = 'dead' AND NOT needs_person
               OR state = 'held' AND hold_reason = 'blocked' AND blocker_id IS NULL
               OR error_text LIKE 'An error in Odoo%%' OR error_text LIKE 'The database refused%%')
           ORDER BY id LIMIT 10""",
        [since],
    )


def statements_without_message(instance):
    """Comparisons whose message is not done."""
    return instance.sql(
        """SELECT s.id FROM mfg_sync_statement s LEFT JOIN mfg_sync_message m ON m.id = s.message_id
           WHERE m.state IS DISTINCT FROM 'done'"""
    )


def forget_open(instance):
    """What failed must not stand in the way of what comes next in its lane."""
    instance.sql(
        """UPDATE mfg_sync_message SET state = 'cancelled'
           WHERE direction = 'in' AND state IN ('pending', 'held', 'dead')"""
    )
