"""From 17.0 to 19.0: Odoo's own upgrade scripts on our tree, then what they leave. Runs with Odoo 19.0 importable."""
