from . import acknowledged, order
from . import operation, closing, production, material, scrap
from . import downtime, inspection
