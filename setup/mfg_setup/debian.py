"""Packages by the machine's own apt configuration, unpacked into a prefix: no root, nothing installed into the system.

Odoo 19.0 is in Debian's sid. Debian leaves some third-party files out of its package; two of them matter and are put
back here.
"""

import shutil
import subprocess
from pathlib import Path

from . import pypi
from .layout import CACHE, LOGS, locked
from .steps import SetupFailure, run, step

ODOO_PACKAGES = (
    "odoo-19",
    "fonts-roboto-unhinted",
    "fonts-font-awesome",
    "fonts-montserrat",
    "fonts-inconsolata",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LOG = LOGS / "debian.log"
HINT = "see that apt works (apt-get update), or set ODOO_HOME to a tree of Odoo"


def install_odoo(target):
    """Make `target` a link to Odoo 19.0 from Debian's package, repaired."""
    with locked("odoo-19.0"):
        if target.exists():
            return
        prefix = unpack(ODOO_PACKAGES, suite="sid")
        home = prefix / "usr" / "lib" / "python3" / "dist-packages"
        with step("repair what Debian's package of Odoo leaves out"):
            repair(home / "odoo" / "addons")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(home.relative_to(target.parent))


def unpack(packages, suite=None):
    """Download packages and unpack them into a prefix in the cache.

    :param suite: a Debian suite beside the machine's own ones, None for the machine's own
    :return: the prefix, named after the first package and its version
    """
    with locked("apt"):
        return _unpack(packages, suite)


def _unpack(packages, suite):
    work = CACHE / "debian" / "apt"
    debs = work / "deb"
    shutil.rmtree(debs, ignore_errors=True)
    for folder in (work / "lists" / "partial", work / "cache" / "archives" / "partial", debs):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"Dir::State::Lists={work}/lists", f"Dir::Cache={work}/cache", "APT::Sandbox::User=root"]
    if suite:
        (work / "suite.list").write_text(_source(suite))
        options += [f"Dir::Etc::SourceList={work}/suite.list", "Dir::Etc::SourceParts=/dev/null"]
    apt = ["apt-get", *(word for option in options for word in ("-o", option))]
    with step("read Debian's package lists") as current:
        run([*apt, "update"], LOG, current, HINT)
    with step(f"download {packages[0]} from Debian") as current:
        run([*apt, "download", *packages], LOG, current, HINT, cwd=debs)
    (first,) = debs.glob(f"{packages[0]}_*.deb")
    prefix = CACHE / "debian" / first.stem
    with step(f"unpack {packages[0]}") as current:
        shutil.rmtree(prefix, ignore_errors=True)
        prefix.mkdir(parents=True)
        for deb in sorted(debs.glob("*.deb")):
            run(["dpkg", "-x", deb, prefix], LOG, current)
    shutil.rmtree(debs)
    return prefix


def _source(suite):
    """A source line for `suite` at the archive that this machine is configured for."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split()
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise SetupFailure("this machine has no working apt", hint="set ODOO_HOME to a tree of Odoo") from error
    if not answer:
        raise SetupFailure("apt is not configured for Debian's archive", hint="set ODOO_HOME to a tree of Odoo")
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    return f"deb {signed}{sorted(answer)[0]} {suite} main\n"


def repair(addons):
    """Put back what is missing in Debian's tree of addons.

    Without the script every page logs an error, and every browser test fails for it; an empty one is enough, since it
    blurs the background of video calls. Without the fonts every icon is an empty box.
    """
    script = addons / "mail" / "static" / "lib" / "selfie_segmentation" / "selfie_segmentation.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    fonts = pypi.unpack("XStatic-Font-Awesome==4.7.0.0") / "xstatic" / "pkg" / "font_awesome" / "data" / "fonts"
    static = addons / "web" / "static"
    for link in [*(static / "lib").glob("fontawesome/fonts/*"), *(static / "src").glob("libs/fontawesome/fonts/*")]:
        if link.is_symlink():
            link.unlink()
            shutil.copy(fonts / link.name, link)
