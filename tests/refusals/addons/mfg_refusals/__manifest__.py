{
    "name": "Quality Stop",
    "summary": "Refuses inside Odoo's buttons as quality checks and addons of third parties do; for tests",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["mrp", "sale_stock"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
