{
    "name": "Watch the neighbours",
    "summary": "Every company and partner of Odoo's own tests is told of; only for ./setup/test --neighbours",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["mfg_sync_edi"],
    "installable": True,
}
