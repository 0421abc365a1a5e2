from . import models, builders, handlers
