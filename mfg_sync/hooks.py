"""What data files can't say about leaving."""

from .engine import setback


def uninstall_hook(env):
    """Leave no orphans: our jobs, our sequences and the file beside the key go with the addon."""
    env.cr.execute("DELETE FROM queue_job WHERE model_name LIKE 'mfg.sync%'")
    env.cr.execute("DROP SEQUENCE IF EXISTS mfg_sync_refused_slot")
    env.cr.execute("DROP SEQUENCE IF EXISTS mfg_sync_sweeps")
    setback.forget(env.cr.dbname)
    env["ir.config_parameter"].search([("key", "like", "mfg_sync.%")]).unlink()
