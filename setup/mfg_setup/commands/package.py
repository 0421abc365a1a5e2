"""./setup/package: an archive of the addons for each series."""

import argparse

from .. import odoo_tree, packaging, porting, python_env
from ..layout import ROOT
from ..session import add_series_option
from ..steps import say, step


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/package", description="Write an archive of the addons for each series into dist/."
    )
    add_series_option(parser)
    wanted = parser.parse_args().series
    for series in [wanted] if wanted else odoo_tree.SERIES:
        tree = ROOT
        if series == porting.SERIES:
            (odoo,) = odoo_tree.choose(series)
            tree = porting.tree_for(odoo, python_env.python_for(series))
        with step(f"package the addons for Odoo {series}"):
            path = packaging.build(tree, ROOT / "dist")
        say(f"           {path.relative_to(ROOT)}")
    return 0
