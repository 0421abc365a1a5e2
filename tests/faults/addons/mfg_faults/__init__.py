from . import models, handlers, builders
