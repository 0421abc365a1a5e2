from . import document
from . import acknowledgement, purchase, shipment, invoice
