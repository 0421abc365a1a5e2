from . import company, document, watch
