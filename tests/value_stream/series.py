"""What a client of Odoo 17.0 and of 19.0 has to do differently."""


class Series:
    """:param Session session: anybody's"""

    def __init__(self, session):
        version = session.version()
        self.is_17 = int(str(version[0]).split("~")[-1]) == 17

    @property
    def user_groups(self):
        return "groups_id" if self.is_17 else "group_ids"

    def storable(self, values):
        return {**values, **({"detailed_type": "product"} if self.is_17 else {"type": "consu", "is_storable": True})}

    def produced(self, lot):
        """Values of a production order that say which lot or serial number comes out of it."""
        return {"lot_producing_id": lot} if self.is_17 else {"lot_producing_ids": [(6, 0, [lot])]}

    @property
    def finished_value(self):
        """Query of what the finished pieces of `item` cost that were made at the warehouse `site`."""
        value = (
            "(SELECT sum(v.value) FROM stock_valuation_layer v WHERE v.stock_move_id = m.id)"
            if self.is_17
            else "m.value"
        )
        return f"""SELECT sum({value}) FROM stock_move m JOIN mrp_production o ON o.id = m.production_id
            JOIN stock_picking_type t ON t.id = o.picking_type_id JOIN product_product p ON p.id = m.product_id
            WHERE m.state = 'done' AND p.default_code = %(item)s AND t.warehouse_id = %(site)s"""

    @property
    def entries(self):
        """Query of posted entries by account: the invoice of the order `sale`, deliveries and production at `site`."""
        moves = (
            "SELECT v.account_move_id FROM stock_valuation_layer v JOIN stock_move m ON m.id = v.stock_move_id"
            if self.is_17
            else "SELECT m.account_move_id FROM stock_move m"
        )
        account = "a.code" if self.is_17 else "a.code_store->>'1'"
        return f"""SELECT kind, {account} AS account, round(sum(l.debit), 2) AS debit, round(sum(l.credit), 2) AS credit
            FROM (SELECT 'invoice' AS kind, i.id FROM account_move i WHERE i.invoice_origin = %(sale)s
                  UNION SELECT 'stock', s.account_move_id FROM ({moves}
                      JOIN stock_picking_type t ON t.id = m.picking_type_id
                      WHERE m.state = 'done' AND t.warehouse_id = %(site)s AND t.code IN ('outgoing', 'mrp_operation')
                  ) s WHERE s.account_move_id IS NOT NULL) AS e
            JOIN account_move_line l ON l.move_id = e.id JOIN account_account a ON a.id = l.account_id
            WHERE l.parent_state = 'posted' GROUP BY kind, 2"""
