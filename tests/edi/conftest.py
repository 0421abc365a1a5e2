"""The X12 codec is plain Python: its tests import it as the package `x12`, without Odoo and the addon around it."""

import os
import sys
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

sys.path.insert(0, str(Path(__file__).parents[2] / "mfg_sync_edi"))
