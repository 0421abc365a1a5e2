from . import acknowledged, order
from . import operation, production, material, scrap
from . import downtime, inspection
