{
    "name": "Manufacturing Sync: EDI",
    "summary": "X12 documents with suppliers, customers and logistics providers",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "website": "https://github.com/mfg-sync/mfg_sync",
    "license": "LGPL-3",
    "category": "Manufacturing/Manufacturing",
    "depends": ["mfg_sync_wms"],
    "data": [
        "security/ir.model.access.csv",
        "security/rules.xml",
        "data/message_types.xml",
        "data/x12_leniencies.xml",
        "views/endpoint_views.xml",
    ],
    "application": False,
    "installable": True,
}
