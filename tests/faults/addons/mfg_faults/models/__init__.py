from . import lane
