"""Python packages by uv: the one on the PATH, else from PyPI by pip, else by Debian's pip unpacked from its package."""

import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import debian
from .layout import CACHE, DOWNLOADS, LOGS, locked
from .steps import SetupFailure, run, step

UV = "uv==0.13.9"
LOG = LOGS / "python.log"
HINT = "see that pip can reach PyPI (pip download six)"


def uv(*arguments, current=None):
    run([_uv(), *arguments], LOG, current, HINT, env=_environment())


def unpack(requirement):
    """The folder that holds the unpacked wheel of one pinned package, without what it depends on."""
    folder = DOWNLOADS / requirement.replace("==", "-")
    with locked(f"wheel-{folder.name}"):
        if not folder.exists():
            with step(f"download {requirement} from PyPI") as current:
                shutil.rmtree(part := folder.with_name(folder.name + ".part"), ignore_errors=True)
                # copied, not linked: what is unpacked may be given to another user
                options = ["--no-deps", "--link-mode", "copy", "--python", sys.executable]
                uv("pip", "install", *options, "--target", part, requirement, current=current)
                part.rename(folder)
    return folder


def _environment():
    """Ours, with a company's mirror and certificates, which uv does not read from pip's configuration."""
    environment = {**os.environ, "UV_CACHE_DIR": str(CACHE / "uv"), "UV_NO_PROGRESS": "1"}
    pip = _pip_settings()
    for setting, names in (
        ("index-url", ("UV_DEFAULT_INDEX", "UV_INDEX_URL")),
        ("cert", ("SSL_CERT_FILE", "SSL_CERT_DIR")),
    ):
        if setting in pip and not any(name in environment for name in names):
            environment[names[0]] = pip[setting]
    return environment


def _pip_settings():
    """The section [global] of pip's configuration files; read here, since pip itself may not be on the machine."""
    user = (Path.home() / ".pip" / "pip.conf", Path.home() / ".config" / "pip" / "pip.conf")
    files = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf", *user, os.environ.get("PIP_CONFIG_FILE", os.devnull)]
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    return dict(parser["global"]) if parser.has_section("global") else {}


def _uv():
    found = shutil.which("uv")
    if found:
        return found
    target = CACHE / UV.replace("==", "-")
    with locked("uv"):
        if not target.exists():
            pip, environment = _pip()
            with step("install uv") as current, tempfile.TemporaryDirectory(dir=CACHE) as folder:
                # its download goes to the folder of this process only, so that a broken one is never found
                command = [*pip, "install", "--quiet", "--no-cache-dir", "--target", f"{folder}/uv", UV]
                run(command, LOG, current, HINT, env=environment)
                Path(folder, "uv").rename(target)
    return str(target / "bin" / "uv")


def _pip():
    """The command of a pip that works, and its environment."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode == 0:
        return pip, None
    prefix = debian.unpack(("python3-pip",))
    environment = {**os.environ, "PYTHONPATH": str(prefix / "usr" / "lib" / "python3" / "dist-packages")}
    if subprocess.run([*pip, "--version"], capture_output=True, env=environment).returncode:
        raise SetupFailure("neither uv nor pip is on this machine", hint="apt-get install python3-pip")
    return pip, environment
