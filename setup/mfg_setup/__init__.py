"""From a bare machine to a running Odoo with the addons of this checkout: the code behind ./setup/*.

Only Python's standard library is needed here; everything else is what this code fetches.
"""

import sys


def start(command):
    """Run one of the commands as a program: the exit status is the command's."""
    if sys.version_info < (3, 10):  # noqa: UP036 - an older one must get as far as this line
        sys.exit("setup needs Python 3.10 or later; this is " + sys.version)
    from importlib import import_module

    from . import steps

    sys.exit(steps.guarded(import_module("mfg_setup.commands." + command).main))
