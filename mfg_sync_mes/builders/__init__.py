from . import bom, order
