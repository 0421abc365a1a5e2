"""Hours that pass at once: what our tables say about time is moved back, as if it had happened so much earlier."""

#: what the engine and its jobs decide by; all timestamps of these tables are moved
TABLES = ("mfg_sync_message", "mfg_sync_attempt", "mfg_sync_line", "mfg_sync_mark", "queue_job", "ir_cron_trigger")
#: part of what is sent, so it must stay as it is: a message is sent with the same bytes at every attempt
FROZEN = ("occurred",)


def pass_hours(instance, hours):
    """Let hours pass for all that waits, in one transaction: nobody sees half of the clock moved."""
    columns = {}
    for row in instance.sql(
        """SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = 'public' AND table_name = ANY(%s) AND data_type LIKE 'timestamp%%'
             AND column_name <> ALL(%s)""",
        [list(TABLES), list(FROZEN)],
    ):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    assert {"mfg_sync_message", "mfg_sync_line", "queue_job"} <= set(columns)
    statements = [
        f"""UPDATE {table} SET {", ".join(f"{name} = {name} - interval '{hours} hours'" for name in sorted(names))}"""
        for table, names in sorted(columns.items())
    ]
    instance.sql(";".join(statements))
