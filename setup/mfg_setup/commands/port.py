"""./setup/port: make the 19.0 form of the addons in a folder."""

import argparse
from pathlib import Path

from .. import odoo_tree, porting, python_env
from ..steps import step


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/port", description="Write the form that a series needs of addons written for 17.0."
    )
    parser.add_argument(
        "source", type=Path, metavar="SRC", help="an addon, or a folder of addons with its folder tests"
    )
    parser.add_argument(
        "target", type=Path, metavar="DST", help="a folder that is missing, empty, or made by this command"
    )
    parser.add_argument("--series", choices=[porting.SERIES], default=porting.SERIES)
    options = parser.parse_args()
    (odoo,) = odoo_tree.choose(options.series)
    python = python_env.python_for(odoo.series)
    with step(f"port {options.source} to {options.series}"):
        porting.port(options.source, options.target, odoo, python)
    return 0
