from . import acknowledged, order
from . import (
    operation,
    closing,
    production,
    production_cancelled,
    material,
    material_late,
    material_run,
    material_by_hand,
    closing_run,
    scrap,
)
from . import downtime, inspection
