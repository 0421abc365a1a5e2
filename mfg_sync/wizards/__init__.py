from . import key_shown
