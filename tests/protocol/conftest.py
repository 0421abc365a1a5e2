"""The protocol and the rule of order are plain Python: packages of their own here, without the addon around them."""

import sys
from importlib import util
from pathlib import Path

ADDON = Path(__file__).parents[2] / "mfg_sync"


def load(name, folder):
    spec = util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    sys.modules[name] = module = util.module_from_spec(spec)
    spec.loader.exec_module(module)


load("sync_protocol", ADDON / "protocol")
load("sync_engine", ADDON / "engine")
