{
    "name": "Effects that can be counted",
    "summary": "A handler that leaves one row for each message; only on the servers of tests/faults",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["mfg_sync_mes"],
    "data": ["security/ir.model.access.csv", "data/message_types.xml"],
    "installable": True,
}
