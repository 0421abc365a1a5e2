from . import transfer
from . import receipt, shipment
