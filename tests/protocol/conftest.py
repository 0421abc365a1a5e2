"""The protocol and the rule of order are plain Python: packages of their own here, without the addon around them."""

import os
import sys
from importlib import util
from pathlib import Path

from hypothesis import HealthCheck, settings

# a stall of the machine is no fault of ours; and the same examples each time, so that a run which changed nothing shows
# nothing new: new ones come in full
settings.register_profile(
    "plain",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not os.environ.get("MFG_SYNC_FULL"),
)
settings.load_profile("plain")

ADDON = Path(__file__).parents[2] / "mfg_sync"


def load(name, folder):
    spec = util.spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    sys.modules[name] = module = util.module_from_spec(spec)
    spec.loader.exec_module(module)


load("sync_protocol", ADDON / "protocol")
load("sync_engine", ADDON / "engine")
