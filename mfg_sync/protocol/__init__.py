"""What crosses the border, in plain Python: no Odoo import here, so that it can be tested and fuzzed alone."""
