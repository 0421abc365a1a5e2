"""What data files can't say about leaving."""


def uninstall_hook(env):
    """Leave no orphans: our jobs and the sequence of the refused ring go with the addon."""
    env.cr.execute("DELETE FROM queue_job WHERE model_name LIKE 'mfg.sync%'")
    env.cr.execute("DROP SEQUENCE IF EXISTS mfg_sync_refused_slot")
    env["ir.config_parameter"].search([("key", "like", "mfg_sync.%")]).unlink()
