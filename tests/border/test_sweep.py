"""The round of every minute, on a live server."""

from border.plant import wait_for


def test_a_message_that_is_looked_at_again_and_asked_about_in_one_round_disturbs_nobody(plant):
    instance = plant.instance
    (admin,) = instance.call("res.users", "search", [("login", "=", instance.login)])
    flows = instance.call("mfg.sync.flow", "search", [("endpoint_id", "=", plant.endpoint)])
    instance.call("mfg.sync.flow", "write", flows, {"exception_user_id": admin})
    plant.pause()
    assert plant.post(plant.event("waits")).status_code == 202
    product = instance.call("product.product", "create", {"name": "Frame"})
    instance.sql(
        """UPDATE mfg_sync_message SET state = 'held', hold_reason = 'reference', needs_person = true, asked = false,
                  res_model = 'product.product', res_id = %s,
                  next_attempt_at = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE event_id = 'waits'""",
        [product],
    )
    seen = len(instance.log.read_text(errors="replace"))
    plant.sweep()
    row = wait_for("the person is asked", lambda: (found := plant.row(event_id="waits")) and found["asked"] and found)
    assert row["state"] == "pending"
    assert "could not serialize" not in instance.log.read_text(errors="replace")[seen:]
    asked = [("res_model", "=", "product.product"), ("res_id", "=", product), ("user_id", "=", admin)]
    assert instance.call("mail.activity", "search_count", asked) == 1
    plant.sweep()
    assert instance.call("mail.activity", "search_count", asked) == 1
    plant.set(paused=False)
    plant.done("waits")
