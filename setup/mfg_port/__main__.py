"""python -m mfg_port TREE: bring a copy of the 17.0 tree to 19.0, in place.

Odoo's command (`odoo upgrade_code`) would also rewrite Odoo's own addons and those of the addons path, so its parts are
called on this tree only.
"""

import sys
from pathlib import Path

from odoo.cli import upgrade_code

from . import scripts

#: Odoo's scripts that fit addons without localization data
ODOO_SCRIPTS = ("tree-to-list", "sql-constraint", "route-jsonrpc", "deprecated-properties", "domain-dynamic-dates")


def main(tree):
    scripts.rename_migrations(tree)
    files = upgrade_code.FileManager([str(tree)])
    for script in ODOO_SCRIPTS:
        path = next(upgrade_code.UPGRADE.glob(f"*-{script}.py"))
        upgrade_code.SourceFileLoader(path.stem, str(path)).load_module().upgrade(files)
    for upgrade in scripts.OWN:
        upgrade(files)
    for file in files:
        if file.dirty:
            file.path.write_text(file.content)
            print(file.path.relative_to(tree))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
