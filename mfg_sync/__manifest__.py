{
    "name": "Manufacturing Sync",
    "summary": "Keeps Odoo in step with MES, WMS, suppliers, customers and other systems of a plant",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "website": "https://github.com/mfg-sync/mfg_sync",
    "license": "LGPL-3",
    "category": "Manufacturing/Manufacturing",
    "depends": ["stock", "product_expiry", "mail", "queue_job"],
    "external_dependencies": {"python": ["cryptography", "jsonschema_rs", "requests", "standardwebhooks"]},
    "data": [],
    "application": True,
    "installable": True,
}
