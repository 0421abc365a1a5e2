{
    "name": "Peers to measure against",
    "summary": "What integrators write without mfg_sync; only on the servers of ./setup/bench",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["mfg_sync_mes", "base_automation"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
