"""./setup/lint: check the code by all tools, mend what can be mended, or run one tool."""

import subprocess
import sys
from pathlib import Path

from .. import lint, python_env
from ..layout import ROOT

USAGE = """usage: ./setup/lint                   check all files, as ./setup/test does
       ./setup/lint --fix [PATH…]     format the files there, and mend what can be mended
       ./setup/lint --lock            pin the Python packages of setup/requirements/*.in again
       ./setup/lint TOOL ARGUMENT…    run ruff, pylint, prettier or pre-commit"""


def main():
    arguments = sys.argv[1:]
    if not arguments:
        return 0 if lint.check_all().good else 1
    if arguments[0] == "--fix":
        return lint.fix([Path(path).absolute() for path in arguments[1:]] or [ROOT])
    if arguments == ["--lock"]:
        python_env.lock()
        return 0
    if arguments[0].startswith("-"):
        print(USAGE)
        return 0 if arguments[0] in ("-h", "--help") else 2
    return subprocess.run(lint.command(*arguments), cwd=ROOT, env=lint.environment()).returncode
