"""The demo company of tests/value_stream: a server for it, and the processes that play it."""

import json
import os
import subprocess
from contextlib import contextmanager

from . import server
from .layout import LOCAL
from .steps import end_session


@contextmanager
def started(templates, path, purpose):
    """A running instance for the demo company, described in the file `path`, which is removed afterwards."""
    with server.instance(templates.setting, templates.databases, templates.ours(), purpose) as instance:
        description = {
            "url": instance.url,
            "database": instance.database,
            "login": instance.login,
            "password": instance.password,
            "series": templates.setting.series,
            "db": instance.dsn,
            "endpoints": [],
        }
        LOCAL.mkdir(exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(description, file, indent=4)
        try:
            yield instance
        finally:
            path.unlink(missing_ok=True)


def exists(templates, module):
    """Whether tests/value_stream has a module of that name."""
    return (templates.setting.tree / "tests" / "value_stream" / f"{module}.py").exists()


@contextmanager
def playing(templates, module, *arguments):
    """The process of a module of tests/value_stream; it and all that it started is ended afterwards.

    Its standard output is a pipe of text.
    """
    setting = templates.setting
    environment = setting.environment
    environment["PYTHONPATH"] += f"{os.pathsep}{setting.tree / 'tests'}"
    process = subprocess.Popen(
        [setting.python, "-m", f"value_stream.{module}", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end_session(process.pid)
        process.wait()
        process.stdout.close()
