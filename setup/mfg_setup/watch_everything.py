# ruff: noqa: F821
"""Run in Odoo's shell: a connection that is told of everything, as busy a plant's would be."""

from odoo import Command

from mfg_setup.neighbours import QUIET

kinds = env["mfg.sync.message.type"].search([("direction", "=", "out"), ("name", "not in", list(QUIET))])
groups = env.ref("base.group_user")
for kind in kinds:
    for xmlid in kind._needed_groups():
        groups |= env.ref(xmlid, raise_if_not_found=False) or groups
users = env["res.users"].with_context(no_reset_password=True)
groups_field = "groups_id" if "groups_id" in users._fields else "group_ids"
user = users.create({"name": "Service watch", "login": "mfg_sync_watch", groups_field: [Command.set(groups.ids)]})
partner = env["res.partner"].create({"name": "Everybody", "is_company": True})
endpoint = env["mfg.sync.endpoint"].create(
    {
        "name": "Watch everything",
        "code": "watch",
        "user_id": user.id,
        "in_plant": True,
        "paused": True,
        "partner_id": partner.id,
        "x12_our_id": "PLANT",
        "x12_their_id": "EVERYBODY",
    }
)
env["mfg.sync.flow"].create([{"endpoint_id": endpoint.id, "type_id": kind.id, "mode": "live"} for kind in kinds])
env.cr.commit()
print("WATCHING " + " ".join(sorted(kinds.mapped("name"))))
