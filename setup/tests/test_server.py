"""The instance that tests run against serves as in production: prefork workers, a job runner, a database of its own."""

import psutil


def test_instance_answers_rpc_and_sql(instance):
    (module,) = instance.call("ir.module.module", "search_read", [("name", "=", "mfg_sync")], fields=["state"])
    assert module["state"] == "installed"
    assert instance.sql("SELECT current_database() AS name") == [{"name": instance.database}]


def test_instance_runs_prefork_with_its_evented_worker(instance):
    children = psutil.Process(instance.process.pid).children(recursive=True)
    assert len(children) > 4
    assert any("gevent" in child.cmdline() for child in children)


def test_instance_is_no_copy_in_disguise(instance, templates, run_context):
    (row,) = instance.sql("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'")
    template = run_context[1]["template"]
    query = "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"
    assert [row["value"]] not in templates.databases.rows(template, query)


def test_ended_instance_leaves_no_process_and_no_database(make_instance, templates):
    with make_instance(workers=2) as instance:
        database = instance.database
        server = psutil.Process(instance.process.pid)
        group = [server, *server.children(recursive=True)]
    assert not [process for process in group if alive(process)]
    assert not templates.databases.exists(database)


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
