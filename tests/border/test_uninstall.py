"""Each addon leaves as it came: with data in it, and without an orphan."""

import subprocess

import pytest

LEAVING = ["mfg_sync_edi", "mfg_sync_mes", "mfg_sync_wms", "mfg_sync"]
XML_IDS = "SELECT count(*) FROM ir_model_data WHERE module = :'module'"
#: what may be left of all of them once the core has gone
ORPHANS_OF_ALL = {
    "models": "SELECT count(*) FROM ir_model WHERE model LIKE 'mfg.sync%'",
    "fields": "SELECT count(*) FROM ir_model_fields WHERE name LIKE 'mfg_sync%'",
    "tables": "SELECT count(*) FROM pg_class WHERE relname LIKE 'mfg\\_sync%' AND relkind IN ('r', 'S', 'v')",
    "columns": "SELECT count(*) FROM information_schema.columns WHERE column_name LIKE 'mfg\\_sync%'",
    "crons": "SELECT count(*) FROM ir_act_server WHERE code LIKE '%_cron_sweep%'",
    "jobs": "SELECT count(*) FROM queue_job WHERE model_name LIKE 'mfg.sync%'",
    "channels": "SELECT count(*) FROM queue_job_channel WHERE complete_name LIKE '%mfg_sync%'",
    "job functions": "SELECT count(*) FROM queue_job_function WHERE name LIKE '%mfg.sync%'",
    "parameters": "SELECT count(*) FROM ir_config_parameter WHERE key LIKE 'mfg\\_sync%'",
    "actions": "SELECT count(*) FROM ir_act_window WHERE res_model LIKE 'mfg.sync%'",
    "menus": "SELECT count(*) FROM ir_ui_menu WHERE name::text LIKE '%Manufacturing Sync%'",
    "groups": """SELECT count(*) FROM ir_module_category WHERE name::text LIKE '%Manufacturing Sync%'""",
    "rules": "SELECT count(*) FROM ir_rule WHERE name::text LIKE '%Manufacturing Sync%'",
    "views": "SELECT count(*) FROM ir_ui_view WHERE arch_db::text LIKE '%mfg_sync%'",
    "attachments": "SELECT count(*) FROM ir_attachment WHERE res_model LIKE 'mfg.sync%'",
    "activities": "SELECT count(*) FROM mail_activity WHERE res_model LIKE 'mfg.sync%'",
    "chatter": "SELECT count(*) FROM mail_message WHERE model LIKE 'mfg.sync%'",
}
#: a connection with a message, a task, a job and a parameter, so that there is something to be left
FILLED = """
endpoint = env["mfg.sync.endpoint"].create({"name": "MES", "code": "mes", "in_plant": True, "listening": True})
endpoint.message_post(body="Hello")
endpoint.activity_schedule("mail.mail_activity_data_todo", user_id=2)
endpoint.with_delay()._job_apply()
env["mfg.sync.credential"].set_key("mes", "in_token")
env["ir.config_parameter"].set_param("mfg_sync.tried", "1")
env["mfg.sync.value.map"].create({"kind": "reason", "code": "X", "value": "scrap"})
env.cr.commit()
"""
LEAVE = """
env["ir.module.module"].search([("name", "=", "{}")]).button_immediate_uninstall()
env.cr.commit()
"""


@pytest.fixture(scope="module")
def installed(templates, run_context):
    """A database with all addons, and a function that runs a script in Odoo's shell on it."""
    setting, template = templates.setting, run_context[1]["template"]
    with templates.databases.scratch(template, templates.series, "leave") as database:
        # Odoo refuses to uninstall what it loads server-wide: that line of odoo.conf goes first
        config = setting.write_config(database, server_wide_modules="base,web,queue_job")

        def run(script):
            command = setting.command(config, "--no-http", "--log-level=warn", subcommand=("shell",))
            done = subprocess.run(
                list(map(str, command)),
                input=script,
                capture_output=True,
                text=True,
                env=setting.environment,
                timeout=300,
            )
            assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
            assert " ERROR " not in done.stderr, done.stderr

        yield database, run


def test_every_addon_leaves_no_orphan(installed, templates):
    database, run = installed
    run(FILLED)

    def count(query, **values):
        return int(templates.databases.rows(database, query, **values)[0][0])

    assert count(ORPHANS_OF_ALL["jobs"])
    for module in LEAVING:
        assert count(XML_IDS, module=module)
        run(LEAVE.format(module))
        assert not count(XML_IDS, module=module), f"{module} leaves XML ids"
    left = {what: number for what, query in ORPHANS_OF_ALL.items() if (number := count(query))}
    assert not left
