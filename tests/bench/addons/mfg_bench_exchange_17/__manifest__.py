{
    "name": "Peer: exchange records of OCA (17.0)",
    "summary": "An exchange type whose records do nothing; only on the servers of ./setup/bench",
    "version": "17.0.1.0.0",
    "author": "mfg_sync contributors",
    "license": "LGPL-3",
    "depends": ["edi_oca"],
    "data": [],
    "installable": True,
}
