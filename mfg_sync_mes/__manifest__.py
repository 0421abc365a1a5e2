{
    "name": "Manufacturing Sync: MES",
    "summary": "Orders, operations, material, scrap, downtime and quality with a manufacturing execution system",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "website": "https://github.com/mfg-sync/mfg_sync",
    "license": "LGPL-3",
    "category": "Manufacturing/Manufacturing",
    "depends": ["mfg_sync", "mrp_account", "maintenance"],
    "data": [
        "security/groups.xml",
        "data/message_types.xml",
        "views/mrp_production_views.xml",
        "views/mrp_workorder_views.xml",
    ],
    "assets": {
        "web.assets_tests": ["mfg_sync_mes/static/tests/*"],
    },
    "application": False,
    "installable": True,
}
