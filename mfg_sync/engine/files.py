"""What a run tells, as one file: a CloudEvents batch in a folder of the server, from which others fetch it.

A file appears whole or not at all (written beside, forced to the disk, renamed), and is named after its run: a worker
killed between rename and commit writes the same file once more. Nothing is ever written outside of the folder.
"""

import os
import re
import time
import uuid
from datetime import datetime
from pathlib import Path

from odoo.tools import config

from ..compat import _
from . import documents, release, retry, verdicts
from .ledger import NOW, WORKER

#: what a part of a path may be: no separator, no leading dot
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
AT_ONCE = 1000


def folder(cr, code):
    """The folder of a connection, made where it is missing; apart from Odoo's data and from our keys.

    :raises OSError: it can't be made, or leads elsewhere
    """
    path = Path(config["data_dir"]).resolve() / "mfg_sync_files"
    for part in (cr.dbname, code):
        if not PART.fullmatch(part):
            raise OSError(f"{part!r} can't be a folder")
        path /= part
    path.mkdir(mode=0o750, parents=True, exist_ok=True)
    if path.resolve() != path:
        raise OSError(f"{path} leads elsewhere")
    return path


def put(path, pieces):
    """Write a file that is there whole or not at all.

    :param pieces: bytes, one after the other
    :return int: how many bytes that were
    """
    draft, size = path.with_name(f".{path.name}.{uuid.uuid4().hex}"), 0
    try:
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o640), "wb") as file:
            for piece in pieces:
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    # the name, too, must survive the power
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return size


def write(env, run, with_content):
    """Write what waits for the file of a run, and end the run; where it can't be written it is tried again later."""
    cr, started, clock = env.cr, datetime.utcnow(), time.monotonic()
    cr.execute(
        f"""SELECT id, next_attempt_at <= {NOW} FROM mfg_sync_message
            WHERE flow_id = %s AND direction = 'out' AND state = 'pending'
            ORDER BY sort_time, id FOR NO KEY UPDATE SKIP LOCKED""",
        [run.flow_id.id],
    )
    waiting = cr.fetchall()
    if not all(due for _row_id, due in waiting):
        # the last try failed; the run ends when its messages are due again
        return
    rows = _Rows(env, [row_id for row_id, _due in waiting], with_content)
    try:
        path = folder(cr, run.endpoint_id.code) / run._file_name()
        size = put(path, rows) if waiting else 0
    except OSError as error:
        text = _("The file could not be written: %s", error.strerror or error)
        _retry(cr, waiting, rows.touched, text, started, clock)
        run._failed(text)
        return
    told, lanes = rows.told, {}
    if waiting and not told:
        # none of them could be told any more; an empty file would only puzzle
        path.unlink(missing_ok=True)
    for start in range(0, len(told), AT_ONCE):
        part = told[start : start + AT_ONCE]
        result = _("Written into the file %s.", path.name)
        lanes |= verdicts.finish_many(cr, [{"id": row["id"], "result": result, "no_effect": False} for row in part])
        verdicts.attempts(cr, [_attempt(row, "done", started, clock) for row in part])
        documents.link_many(cr, {row["id"]: [(row["res_model"], row["res_id"])] for row in part if row["res_id"]})
    touched = [*lanes, *rows.touched, *release.release_lanes(cr, run.endpoint_id.id, "out", set(lanes.values()))]
    documents.refresh_statuses(cr, touched)
    run._end(len(told), path if told else None, size)


class _Rows:
    """The bytes of a batch, read from the ledger a thousand at a time.

    :ivar told: what of the rows is kept once their bytes are written
    """

    def __init__(self, env, ids, with_content):
        self.env, self.ids, self.with_content = env, ids, with_content
        self.told, self.touched = [], []

    def __iter__(self):
        # the delivery ends runs, and so imports us
        from .delivery import envelope

        yield b"["
        for start in range(0, len(self.ids), AT_ONCE):
            self.env.cr.execute(
                "SELECT * FROM mfg_sync_message WHERE id = ANY(%s) ORDER BY sort_time, id",
                [self.ids[start : start + AT_ONCE]],
            )
            for row in self.env.cr.dictfetchall():
                row = self.with_content(self.env, row, self.touched)
                if row:
                    yield (b",\n" if self.told else b"\n") + envelope(row)
                    self.told.append({name: row[name] for name in ("id", "res_model", "res_id")})
        yield b"\n]\n"


def _attempt(row, result, started, clock, **why):
    return verdicts.attempt_values(
        row["id"],
        started=started,
        duration_ms=(time.monotonic() - clock) * 1000,
        result=result,
        worker=WORKER.format(os.getpid()),
        **why,
    )


def _retry(cr, waiting, touched, text, started, clock):
    """All of them later, as :func:`verdicts.retry` each; those past patience need a person."""
    ids = [row_id for row_id, _due in waiting]
    cr.execute("SELECT COALESCE(max(attempt_count), 0) FROM mfg_sync_message WHERE id = ANY(%s)", [ids])
    cr.execute(
        f"""UPDATE mfg_sync_message SET error_text = %s, error_class = 'transient',
                   state = CASE WHEN patience_until < {NOW} THEN 'dead' ELSE 'pending' END,
                   needs_person = patience_until < {NOW}, next_attempt_at = {NOW} + %s * interval '1 second'
            WHERE id = ANY(%s) AND state = 'pending' RETURNING id, state""",
        [text, retry.delay(cr.fetchone()[0]), ids],
    )
    rows = cr.dictfetchall()
    for start in range(0, len(rows), AT_ONCE):
        tries = [
            _attempt(row, row["state"], started, clock, error_class="transient", detail=text)
            for row in rows[start : start + AT_ONCE]
        ]
        verdicts.attempts(cr, tries)
    documents.refresh_statuses(cr, [*(row["id"] for row in rows), *touched])
