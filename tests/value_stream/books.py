"""What Odoo's books show, read by SQL."""


class Books:
    """Looks of the stage at stock, consumption, time and quality; `db` and `company` are the stage's."""

    db = company = None

    def on_hand(self):
        """{(item, lot): quantity} on the shelves of the site."""
        rows = self.db.rows(
            """SELECT p.default_code AS item, l.name AS lot, sum(q.quantity) AS quantity FROM stock_quant q
               JOIN stock_location s ON s.id = q.location_id JOIN product_product p ON p.id = q.product_id
               JOIN stock_lot l ON l.id = q.lot_id JOIN stock_warehouse w ON w.id = %(site)s
               JOIN stock_location v ON v.id = w.view_location_id
               WHERE s.usage = 'internal' AND starts_with(s.parent_path, v.parent_path)
               GROUP BY p.default_code, l.name HAVING sum(q.quantity) <> 0""",
            site=self.company.warehouse,
        )
        return {(row["item"], row["lot"]): float(row["quantity"]) for row in rows}

    def used(self):
        """{(item, lot): quantity} that production orders of the site have consumed."""
        rows = self.db.rows(
            """SELECT p.default_code AS item, l.name AS lot, sum(x.quantity) AS quantity FROM stock_move_line x
               JOIN stock_move m ON m.id = x.move_id JOIN mrp_production o ON o.id = m.raw_material_production_id
               JOIN stock_picking_type t ON t.id = o.picking_type_id JOIN stock_location d ON d.id = x.location_dest_id
               JOIN product_product p ON p.id = x.product_id JOIN stock_lot l ON l.id = x.lot_id
               WHERE x.state = 'done' AND d.usage = 'production' AND t.warehouse_id = %(site)s
               GROUP BY p.default_code, l.name""",
            site=self.company.warehouse,
        )
        return {(row["item"], row["lot"]): float(row["quantity"]) for row in rows}

    def minutes(self, item):
        """Minutes that work centers spent on an item, by operation."""
        rows = self.db.rows(
            """SELECT r.sequence, sum(extract(epoch FROM t.date_end - t.date_start)) / 60 AS minutes
               FROM mrp_workcenter_productivity t JOIN mrp_workorder w ON w.id = t.workorder_id
               JOIN mrp_routing_workcenter r ON r.id = w.operation_id JOIN mrp_production o ON o.id = w.production_id
               JOIN stock_picking_type k ON k.id = o.picking_type_id JOIN product_product p ON p.id = o.product_id
               WHERE p.default_code = %(item)s AND k.warehouse_id = %(site)s GROUP BY r.sequence ORDER BY r.sequence""",
            item=item,
            site=self.company.warehouse,
        )
        return [float(row["minutes"]) for row in rows]

    def reserved(self, picking):
        """Pieces reserved for a transfer."""
        return self.db.value(
            """SELECT COALESCE(sum(quantity), 0) FROM stock_move_line
               WHERE picking_id = %(id)s AND state NOT IN ('done', 'cancel')""",
            id=picking,
        )

    def quality(self, lot):
        return self.db.value("SELECT mfg_sync_quality FROM stock_lot WHERE name = %(lot)s", lot=lot)
