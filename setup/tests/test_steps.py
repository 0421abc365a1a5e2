"""What people see when a step fails, and that an interrupted or killed run leaves no process behind."""

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
from mfg_setup import results, server, steps
from mfg_setup.databases import data_dir


def test_failure_shows_the_end_of_its_log_and_what_to_try(tmp_path, capsys):
    def main():
        count = "import sys; print(*range(1, 31), sep='\\n'); sys.exit(3)"
        steps.run([sys.executable, "-c", count], tmp_path / "step.log", hint="count on your fingers")

    assert steps.guarded(main) == 1
    lines = capsys.readouterr().out.split()
    assert "FAILED:" in lines and "fingers" in lines
    assert [word for word in lines if word.isdigit() and 11 <= int(word)] == [str(n) for n in range(11, 31)]


def test_what_is_wrong_with_a_schema_is_said_before_what_odoo_makes_of_it(tmp_path, capsys):
    log = [
        "odoo.addons.mfg_sync.engine.schema_block.SchemaError: a/b.json: x-mfg-sync.lane: must be like {}",
        "",
        "The above exception was the direct cause of the following exception:",
        *(f"  line {number}" for number in range(30)),
        "odoo.tools.convert.ParseError: while parsing message_types.xml:3, somewhere inside",
    ]
    written = "import sys; print(sys.argv[1]); sys.exit(255)"
    main = partial(steps.run, [sys.executable, "-c", written, "\n".join(log)], tmp_path / "step.log")
    assert steps.guarded(main) == 1
    told = capsys.readouterr().out
    assert "\na/b.json: x-mfg-sync.lane: must be like {}\nTry: mend that" in told and "ParseError" not in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_run_leaves_no_process(tmp_path, number):
    # a step that starts a process of its own, as Odoo and PostgreSQL do
    step = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    code = (
        "import sys; from pathlib import Path; from mfg_setup import steps; "
        f"steps.guarded(lambda: steps.run([sys.executable, '-c', {step!r}], Path({str(tmp_path / 'log')!r})))"
    )
    # as in the foreground: what a shell starts in the background ignores Ctrl-C, and hands that down
    foreground = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    run = psutil.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, preexec_fn=foreground)
    children = wait_for(lambda: len(found := run.children(recursive=True)) == 2 and found)
    run.send_signal(number)
    run.wait(timeout=20)
    assert not [child for child in children if alive(child)]


def test_what_a_killed_run_left_is_ended_by_the_next_one(templates):
    databases = templates.databases
    name = databases.name(templates.series, "killed", "scratch", "00000000")
    databases.create(name)
    code = "import sys, time; time.sleep(600)"
    left = psutil.Popen([sys.executable, "-c", code, data_dir(name) / "odoo.conf"], start_new_session=True)
    (data_dir(name) / "server.pid").write_text(str(left.pid))
    server.end_abandoned(databases)
    assert left.wait(timeout=1) == -signal.SIGTERM
    assert not databases.exists(name) and not data_dir(name).exists()


def test_database_whose_removal_was_interrupted_is_not_taken_for_ready(templates, monkeypatch):
    databases = templates.databases
    name = databases.name(templates.series, "interrupted", "scratch", "00000002")
    databases.create(name)
    databases.mark_ready(name)
    assert databases.ready(name)
    monkeypatch.setattr(databases, "exists", interrupt)
    with pytest.raises(KeyboardInterrupt):
        databases.drop(name)
    monkeypatch.undo()
    assert databases.exists(name) and not databases.ready(name)
    databases.drop(name)


def test_reused_process_id_is_left_alone(templates):
    databases = templates.databases
    name = databases.name(templates.series, "killed", "scratch", "00000001")
    databases.create(name)
    stranger = psutil.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    (data_dir(name) / "server.pid").write_text(str(stranger.pid))
    try:
        server.end_abandoned(databases)
        assert alive(stranger)
    finally:
        stranger.kill()
        stranger.wait()


def test_totals_count_each_test_and_each_reason(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase/><testcase><failure/></testcase><testcase><error/></testcase>"
        '<testcase><skipped message="no browser"/></testcase></testsuite></testsuites>'
    )
    found = results.read_junit(report)
    assert str(found) == "2 passed, 2 failed, 1 skipped"
    assert dict(found.reasons) == {"no browser": 1}
    assert not found.good


@pytest.mark.parametrize("report", ["missing.xml", "broken.xml"])
def test_run_without_a_report_has_failed(tmp_path, report):
    Path(tmp_path / "broken.xml").write_text("<testsuites>")
    assert str(results.read_junit(tmp_path / report)) == "0 passed, 1 failed, 0 skipped"


def test_run_of_no_test_is_not_good():
    assert not results.Results().good
    assert not results.Results(skipped=5).good


def interrupt(*_args):
    raise KeyboardInterrupt


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
