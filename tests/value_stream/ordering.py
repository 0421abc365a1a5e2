"""Steps 1 to 4: master data, the customer's order, demand and supply."""

from value_stream.stage import expect


def master_data(stage):
    """Items, bills of material and routings go out and come back with the other sides' own ids."""
    plan = stage.plan
    for player in stage.cast.players.values():
        stage.admin.call("mfg.sync.endpoint", "write", [stage.endpoints[player.kind]], {"url": f"{player.url}/events"})
    stage.admin.call("mfg.sync.endpoint", "action_resume", list(stage.endpoints.values()))
    codes = {plan.bicycle, plan.battery, plan.frame, plan.motor, plan.cell}
    for player in (stage.mes, stage.wms):
        items = stage.wait(
            f"items at {player.kind}",
            lambda player=player: {data["item"]["code"]: data for data in player.received("master.item")},
            until=codes.issubset,
        )
        expect(
            f"how {player.kind} knows that lots are followed",
            {plan.bicycle: "serial", **dict.fromkeys(codes - {plan.bicycle}, "lot")},
            {code: items[code]["tracking"] for code in codes},
        )
        stage.acknowledged(player, "master.item")
        for code in codes:
            model_and_id = stage.record(player, "item", player.do("names", entity="item", ours=code))
            expect(f"item {code} of {player.kind}", ("product.product", stage.company.products[code]), model_and_id)
