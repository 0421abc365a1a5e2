"""The value stream: a customer's order through planning, production, quality, shipping and invoice, told to all."""
