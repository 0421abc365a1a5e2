from odoo import api, fields, models

LARGEST = 999_999_999
#: more interchanges than a partner gets between two sweeps: those that nobody knows of once a backup was restored.
#: A gap says nothing to a partner, and what comes under a number that he knows is thrown away
LEAP = 1000


class X12Control(models.Model):
    """The control number of the last interchange sent to a partner: one counter a connection, without gaps.

    The number is taken in the transaction that freezes the interchange, by the connection's only delivering drain
    (engine/delivery.py); a transaction that is rolled back takes none.
    """

    _name = "mfg.sync.x12.control"
    _description = "X12 Control Number"
    _rec_name = "endpoint_id"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True, index=True)
    last = fields.Integer(
        string="Last number sent",
        required=True,
        default=0,
        help="ISA13 and GS06 of the last interchange. Set it once when another system sent to this partner before.",
    )

    _sql_constraints = [
        ("endpoint_uniq", "UNIQUE(endpoint_id)", "This connection has its counter already."),
        ("last_range", "CHECK(last BETWEEN 0 AND 999999999)", "A control number has at most nine digits."),
    ]

    @api.model
    def _take(self, endpoint):
        """The next number of a connection; the row stays locked until the transaction ends."""
        self.flush_model()
        self.env.cr.execute(
            """INSERT INTO mfg_sync_x12_control (endpoint_id, company_id, last, create_date, write_date)
               VALUES (%s, %s, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
               ON CONFLICT (endpoint_id) DO UPDATE SET write_date = EXCLUDED.write_date,
                   last = CASE WHEN mfg_sync_x12_control.last >= %s THEN 1 ELSE mfg_sync_x12_control.last + 1 END
               RETURNING last""",
            [endpoint.id, endpoint.company_id.id, LARGEST],
        )
        number = self.env.cr.fetchone()[0]
        self.invalidate_model()
        return number

    @api.model
    def _go_on_above(self, lasts):
        """A backup was restored: count on above all that a partner may have seen.

        :param dict lasts: ``{source of a connection: the last number known before the backup was restored}``; a code
            may have changed since, a source may not once something was sent
        """
        endpoint = self.env["mfg.sync.endpoint"].with_context(active_test=False)
        for connection in endpoint.search([("source", "in", list(lasts))]):
            last = lasts[connection.source]
            above = (last + LEAP - 1) % LARGEST + 1
            counter = self.search([("endpoint_id", "=", connection.id)])
            if not counter:
                self.create({"endpoint_id": connection.id, "last": above})
            elif above < last or counter.last < above:
                # the first: they have begun again at 1 since the backup, or will within the leap
                counter.last = above
