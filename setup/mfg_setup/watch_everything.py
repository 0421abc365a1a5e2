# ruff: noqa: F821
"""Run in Odoo's shell: connections that are told of everything, as busy a plant's would be."""

from mfg_setup.neighbours import QUIET

kinds = env["mfg.sync.message.type"].search([("direction", "=", "out"), ("name", "not in", list(QUIET))])
env["mfg.watch"]._begin(kinds)
env.cr.commit()
print("WATCHING " + " ".join(sorted(kinds.mapped("name"))))
