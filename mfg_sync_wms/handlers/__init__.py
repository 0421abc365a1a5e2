from . import transfer_matching, transfer
from . import receipt, shipment
