"""./setup/docs: a page for each kind of message, from its schema."""

import argparse

from .. import message_docs
from ..layout import ROOT
from ..steps import say


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/docs", description="Write docs/messages/ from the schemas of the addons."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not up to date")
    check = parser.parse_args().check
    stale = message_docs.write(ROOT, check)
    for path in stale:
        say(f"{'not up to date' if check else 'written'}: {path.relative_to(ROOT)}")
    return int(bool(check and stale))
