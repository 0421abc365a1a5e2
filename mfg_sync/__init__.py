from . import models, handlers, builders, controllers, wizards
from .wsgi import post_load
from .hooks import uninstall_hook
