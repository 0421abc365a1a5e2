{
    "name": "Manufacturing Sync: WMS",
    "summary": "Receipts, transfers, shipments and stock with warehouse systems and logistics providers",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "website": "https://github.com/mfg-sync/mfg_sync",
    "license": "LGPL-3",
    "category": "Manufacturing/Manufacturing",
    "depends": ["mfg_sync", "sale_stock", "purchase_stock", "stock_delivery", "stock_picking_batch", "stock_landed_costs", "mrp_subcontracting", "barcodes_gs1_nomenclature"],
    "data": [],
    "application": False,
    "installable": True,
}
