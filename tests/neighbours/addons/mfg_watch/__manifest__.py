{
    "name": "Watch the neighbours",
    "summary": "X12 documents for whomever Odoo's own tests deal with; only where ./setup/test --neighbours runs them",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["mfg_sync_edi"],
    "installable": True,
}
