"""Each addon is installed and uninstalled alone (X12 with the warehouse that it needs), and leaves nothing behind."""

import re
import subprocess

import pytest
from mfg_setup.databases import data_dir

#: what an addon may make, as one column that names each
MADE = {
    "model": "SELECT model FROM ir_model",
    "field": "SELECT model || '.' || name FROM ir_model_fields",
    "table": "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'S') AND relnamespace = 'public'::regnamespace",
    "column": "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
    # without those that Odoo itself leaves, of values of a mixin's fields and of what inherits from a mixin
    "external id": "SELECT module || '.' || name FROM ir_model_data"
    " WHERE model NOT IN ('ir.model.fields.selection', 'ir.model.inherit')",
    "cron": "SELECT cron_name FROM ir_cron",
    "server action": "SELECT type || ' ' || (name->>'en_US') FROM ir_actions",
    "menu": "SELECT name->>'en_US' FROM ir_ui_menu",
    "view": "SELECT model || ' ' || name FROM ir_ui_view",
    "parameter": "SELECT key FROM ir_config_parameter",
    "group": "SELECT name->>'en_US' FROM res_groups",
    "rule": "SELECT name FROM ir_rule",
    "job channel": "SELECT complete_name FROM queue_job_channel",
    "job function": "SELECT name FROM queue_job_function",
    "job": "SELECT uuid FROM queue_job",
    "attachment": "SELECT concat(res_model, '.', res_field) FROM ir_attachment WHERE url IS NULL",
}
WARNING = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) \S+ (.*)$", re.M)


class Plant:
    """A database of the standard apps, and Odoo's command line on it."""

    def __init__(self, templates, database):
        self.setting = templates.setting
        self.databases = templates.databases
        self.database = database
        # Odoo refuses to uninstall what it loads server-wide
        self.config = self.setting.write_config(database, server_wide_modules="base,web,queue_job")

    def made(self):
        return {kind: {row[0] for row in self.databases.rows(self.database, query)} for kind, query in MADE.items()}

    def install(self, addon):
        """Install an addon. Returns what Odoo warned of."""
        return self._odoo("-i", addon, "--without-demo=all", "--stop-after-init", "--no-http")

    def update(self, addon):
        """Update an addon. Returns what Odoo warned of."""
        return self._odoo("-u", addon, "--without-demo=all", "--stop-after-init", "--no-http")

    def look(self):
        """Start Odoo's shell and do nothing. Returns what Odoo warned of."""
        return self._odoo("--no-http", subcommand=["shell"], script="env\n")

    def uninstall(self, addon):
        """Uninstall an addon. Returns what Odoo warned of."""
        script = f"env['ir.module.module'].search([('name', '=', {addon!r})]).button_immediate_uninstall()\n"
        return self._odoo("--no-http", subcommand=["shell"], script=script)

    def _odoo(self, *arguments, subcommand=(), script=None):
        command = self.setting.command(self.config, *arguments, subcommand=subcommand)
        environment, folder = self.setting.environment, data_dir(self.database)
        answer = subprocess.run(command, input=script, env=environment, cwd=folder, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr[-4000:]
        return {message for _level, message in WARNING.findall(answer.stderr)}

    def states(self):
        rows = self.databases.rows(
            self.database, "SELECT name, state FROM ir_module_module WHERE name LIKE 'mfg_sync%'"
        )
        return dict(rows)


@pytest.fixture(scope="module")
def journey(templates):
    """What was there, and what Odoo warned of, while each addon came and went: dicts by what was done."""
    made, warned = {}, {}
    with templates.databases.scratch(templates.standard(), templates.series, "install") as database:
        plant = Plant(templates, database)
        usual = plant.update("barcodes_gs1_nomenclature") | plant.look()
        made["before"] = plant.made()
        warned["installing mfg_sync"] = plant.install("mfg_sync") - usual
        made["with mfg_sync"] = plant.made()
        for addon, brings in (("mfg_sync_mes", []), ("mfg_sync_edi", ["mfg_sync_wms"])):
            warned[f"installing {addon}"] = plant.install(addon) - usual
            for name in (addon, *brings):
                assert plant.states()[name] == "installed"
                warned[f"uninstalling {name}"] = plant.uninstall(name) - usual
            made[f"after {addon}"] = plant.made()
        warned["uninstalling mfg_sync"] = plant.uninstall("mfg_sync") - usual
        made["after mfg_sync"] = plant.made()
        assert set(plant.states().values()) == {"uninstalled"}
    return made, warned


def test_each_addon_comes_and_goes_without_a_warning(journey):
    _made, warned = journey
    found = [f"{when}: {message}" for when, messages in warned.items() for message in sorted(messages)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("addon", ["mfg_sync", "mfg_sync_mes", "mfg_sync_edi"])
def test_each_addon_leaves_nothing_behind(journey, addon):
    made, _warned = journey
    before = made["before" if addon == "mfg_sync" else "with mfg_sync"]
    after = made[f"after {addon}"]
    left = [f"{kind} {name} is left" for kind in before for name in sorted(after[kind] - before[kind])]
    lost = [f"{kind} {name} is lost" for kind in before for name in sorted(before[kind] - after[kind])]
    assert not left + lost, "\n".join(left + lost)
