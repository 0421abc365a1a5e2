from odoo import _, api, models
from odoo.exceptions import ValidationError

#: a rate is 0 (no limit) or in these bounds: one that is all but 0 would let nothing through for years
RATE = (0.001, 100000)
#: seconds, to be above zero
SOON = 0.001


class BoundsMixin(models.AbstractModel):
    """Numbers of a setting that are impossible are refused where they are made, not where they are used.

    A patience of a million years, or NaN, which comes over RPC, makes whoever saves a document fail, and the gate.
    """

    _name = "mfg.sync.bounds.mixin"
    _description = "Settings with Bounds"

    def _bounds(self):
        """``{field: (lowest, highest)}``; of what is in :meth:`_bounds_or_none` also 0, which switches it off."""
        return {}

    def _bounds_or_none(self):
        return set()

    def _refuse_out_of_bounds(self):
        for record in self:
            for name, (lowest, highest) in record._bounds().items():
                value = record[name]
                # NaN is neither below nor above anything
                if lowest <= value <= highest or (value == 0 and name in record._bounds_or_none()):
                    continue
                label = record._fields[name]._description_string(record.env)
                values = {
                    "field": label,
                    "record": record.display_name,
                    "value": format(value, "g"),
                    "lowest": format(lowest, "g"),
                    "highest": format(highest, ".12g"),
                }
                if name in record._bounds_or_none():
                    raise ValidationError(
                        _(
                            "“%(field)s” of %(record)s can't be %(value)s: enter 0, or %(lowest)s to %(highest)s.",
                            **values,
                        )
                    )
                raise ValidationError(
                    _("“%(field)s” of %(record)s can't be %(value)s: enter %(lowest)s to %(highest)s.", **values)
                )


class EndpointBounds(models.Model):
    _name = "mfg.sync.endpoint"
    _inherit = ["mfg.sync.endpoint", "mfg.sync.bounds.mixin"]

    def _bounds(self):
        return {
            **super()._bounds(),
            "connect_timeout": (SOON, 300),
            "read_timeout": (SOON, 600),
            "first_retry": (SOON, 3600),
            "first_probe": (SOON, 900),
            "breaker_after": (0, 1000000),
            "in_rate": RATE,
            "out_rate": RATE,
            "catch_up_rate": RATE,
            "in_burst": (1, 1000000),
            "wait_requests": (1, 1000),
        }

    def _bounds_or_none(self):
        return {"in_rate", "out_rate", "catch_up_rate"}

    @api.constrains(
        *("connect_timeout", "read_timeout", "first_retry", "first_probe", "breaker_after"),
        *("in_rate", "out_rate", "catch_up_rate", "in_burst", "wait_requests"),
    )
    def _check_bounds(self):
        self._refuse_out_of_bounds()


class FlowBounds(models.Model):
    _name = "mfg.sync.flow"
    _inherit = ["mfg.sync.flow", "mfg.sync.bounds.mixin"]

    def _bounds(self):
        return {
            **super()._bounds(),
            # ten years
            "patience_hours": (0.00001, 87600),
            # a week, in minutes
            "collect_minutes": (SOON, 10080),
            "interval_number": (1, 10000),
            "expected_latency": (0, 525600),
        }

    @api.constrains("patience_hours", "collect_minutes", "interval_number", "expected_latency")
    def _check_bounds(self):
        self._refuse_out_of_bounds()


class MessageTypeBounds(models.Model):
    _name = "mfg.sync.message.type"
    _inherit = ["mfg.sync.message.type", "mfg.sync.bounds.mixin"]

    def _bounds(self):
        # 0: that of a synchronization without a word of its kind
        return {**super()._bounds(), "patience_hours": (0, 87600)}

    @api.constrains("patience_hours")
    def _check_bounds(self):
        self._refuse_out_of_bounds()
