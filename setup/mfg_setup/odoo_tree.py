"""Which Odoo runs: the one a person names, one in the cache, upstream's 17.0, else Debian's 19.0."""

import os
import runpy
from dataclasses import dataclass
from pathlib import Path

from . import debian, upstream
from .layout import CACHE
from .steps import SetupFailure, say

SERIES = ("17.0", "19.0")


@dataclass(frozen=True)
class Odoo:
    """A tree of Odoo: `home` holds the package `odoo`."""

    series: str
    version: str
    home: Path

    @property
    def addons_paths(self):
        """All addons are in odoo/addons (nightly archives, Debian), or most of them in addons/ beside odoo/ (git)."""
        return [path for path in (self.home / "odoo" / "addons", self.home / "addons") if path.is_dir()]


def read_tree(home):
    """The Odoo at `home`, as its release.py names itself; None where there is none."""
    release = Path(home) / "odoo" / "release.py"
    if not release.is_file():
        return None
    names = runpy.run_path(str(release))
    major, minor = names["version_info"][:2]
    return Odoo(f"{major}.{minor}", names["version"], Path(home).resolve())


def choose(wanted=None):
    """The trees to work with, downloaded where needed.

    :param wanted: a series, "all" (each at hand), or None for the first one found
    :return: a list of Odoo, never empty
    """
    if wanted == "all":
        first = _at_hand("17.0")
        if not first:
            say("!! Odoo 17.0 is not at hand, so nothing is done on it")
            say("!! name a tree of it by ODOO_HOME, or have it fetched by --series 17.0")
        return [*([first] if first else []), _at_hand("19.0") or _debian()]
    if wanted:
        tree = _at_hand(wanted)
        if not tree and wanted == "17.0":
            tree, why = _upstream()
            if not tree:
                raise SetupFailure(
                    f"Odoo 17.0 cannot be had: {why}",
                    hint="set ODOO_HOME to a tree of it, MFG_SYNC_ODOO_URL to its source archive, or --series 19.0",
                )
        return [tree or _debian()]
    named = _from_environment()
    first = named or _at_hand("17.0") or _at_hand("19.0")
    if first:
        return [first]
    tree, why = _upstream()
    if tree:
        return [tree]
    say(f"!! Odoo 17.0 could not be had: {why}")
    say("!! Odoo 19.0 from Debian's package runs instead; set ODOO_HOME to a tree of 17.0 to use that")
    return [_debian()]


def _from_environment():
    home = os.environ.get("ODOO_HOME")
    if not home:
        return None
    tree = read_tree(home)
    if not tree:
        raise SetupFailure(
            f"ODOO_HOME={home} has no odoo/release.py", hint="name the folder that holds the folder odoo"
        )
    if tree.series not in SERIES:
        raise SetupFailure(
            f"ODOO_HOME={home} is Odoo {tree.series}", hint=f"these addons run on {' and '.join(SERIES)}"
        )
    return tree


def _at_hand(series):
    """The tree of a series that needs no download."""
    named = _from_environment()
    if named and named.series == series:
        return named
    tree = read_tree(CACHE / f"odoo-{series}")
    if tree and tree.series != series:
        raise SetupFailure(f"{CACHE}/odoo-{series} is Odoo {tree.series}", hint="move it away")
    return tree


def _upstream():
    """Upstream's 17.0 in the cache, and why not where it could not be had."""
    why = upstream.fetch("17.0", CACHE / "odoo-17.0")
    return read_tree(CACHE / "odoo-17.0"), why


def _debian():
    debian.install_odoo(CACHE / "odoo-19.0")
    return read_tree(CACHE / "odoo-19.0")
