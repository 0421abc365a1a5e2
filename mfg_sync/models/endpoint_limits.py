from odoo import fields, models


class EndpointLimits(models.Model):
    """How much may cross a connection in a while, both ways, and how long a sender may wait for the outcome."""

    _inherit = "mfg.sync.endpoint"

    in_rate = fields.Float(
        string="Takes events a second",
        tracking=True,
        help="The other side may send so many events a second; beyond it is told when to come again, and nothing is "
        "lost. 0 = no limit.",
    )
    in_burst = fields.Integer(
        string="At most at once",
        default=100,
        help="So many events may come at once after a quiet time. A larger batch passes after a quiet time too, and "
        "makes the next ones wait the longer.",
    )
    out_rate = fields.Float(
        string="Sends messages a second",
        tracking=True,
        help="The most that the other side bears. 0 = as fast as it answers, one message after the other.",
    )
    catch_up_rate = fields.Float(
        string="After an outage",
        default=50.0,
        help="Messages a second at the most while what has piled up during an outage of the other side is sent, in "
        "order, so that a system that has just come back is not overrun. 0 = as fast as it answers.",
    )

    wait_seconds = fields.Integer(
        string="Waits for the outcome (s)",
        default=10,
        help="A sender may ask to be answered only when its messages have been applied (Prefer: wait=N). So long it is "
        "kept waiting at the most, 30 s in any case; then it is told that they are accepted, as otherwise. 0 = never.",
    )
    wait_requests = fields.Integer(
        string="Wait at once",
        default=2,
        help="So many requests of this connection may wait at the same time. All connections together take a quarter "
        "of the server's workers, so that others are always accepted.",
    )

    _sql_constraints = [
        ("rates", "CHECK(in_rate >= 0 AND out_rate >= 0 AND catch_up_rate >= 0)", "Rates must not be below zero."),
        (
            "waits",
            "CHECK(wait_seconds BETWEEN 0 AND 30 AND wait_requests > 0)",
            "Wait 0 to 30 s; one request at least.",
        ),
        ("burst", "CHECK(in_burst > 0)", "At least one event must be possible at once."),
    ]
