"""The X12 codec is plain Python: its tests import it as the package `x12`, without Odoo and the addon around it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "mfg_sync_edi"))
