from odoo import _, models

from odoo.addons.mfg_sync.engine.errors import ReferenceAmbiguous, ReferenceMissing

SHIP_TO = ("ship_to", "bill_and_ship_to")


class ShipTo(models.AbstractModel):
    """Where the goods of a customer's order go: by his number of the place, else by its name and address.

    Retailers give all their sites one name, so what bears another number is another place, and so is one in another
    city. Goods at the wrong gate cost more than a question.
    """

    _name = "mfg.sync.handler.x12.ship_to"
    _description = "Handler: Where a Customer's Order Goes"

    def _ship_to(self, message, data, partner):
        party = next((data.get("parties", {})[kind] for kind in SHIP_TO if kind in data.get("parties", {})), None)
        if not party:
            return None
        contacts = self.env["res.partner"].search([("id", "child_of", partner.commercial_partner_id.id)])
        number = party.get("id")
        if number:
            bound = self.env["mfg.sync.resolver"]._bound(message, "partner", number, contacts.browse())
            if bound and not bound.active:
                raise self._unknown(
                    number,
                    _(
                        "%(number)s means %(contact)s, which is archived in Odoo. Match the number to the address that "
                        "takes its place, or unarchive it.",
                        number=number,
                        contact=bound.display_name,
                    ),
                )
            known = bound or contacts.filtered(lambda contact: contact.ref == number)
            if known:
                return self._the_one(known, number)
        same = self._same_place(message, party, contacts)
        if same:
            return self._the_one(same, number or party.get("name"))
        name, street = party.get("name"), party.get("street")
        if not name or not street:
            raise self._unknown(
                number or name,
                _(
                    "%(partner)s wants the goods at %(place)s, an address Odoo does not know and the order does "
                    "not give. Match it to a contact of the customer.",
                    partner=partner.display_name,
                    place=number or name,
                ),
            )
        made = self.env["res.partner"].create(self._address(party, partner))
        if number:
            self.bind(message, "partner", number, made)
        return made

    def _same_place(self, message, party, contacts):
        """Contacts of this name that nothing says are another place; those with the very street before others."""
        number, street = party.get("id"), " ".join(party.get("street", [])[:1])
        told = {"street": street, "city": party.get("city"), "zip": party.get("zip")}
        same = contacts.filtered(
            lambda contact: (
                alike(contact.name, party.get("name"))
                and not (number and contact.ref and contact.ref != number)
                and all(not said or not contact[field] or alike(contact[field], said) for field, said in told.items())
            )
        )
        if number and same:
            same -= self._called_otherwise(message, number, same)
        return same.filtered(lambda contact: street and alike(contact.street, street)) or same

    def _called_otherwise(self, message, number, contacts):
        """Those that this system calls by another number."""
        # sudo: matches are the engine's, read for whoever acts
        matches = self.env["mfg.sync.binding"].sudo()
        found = matches.search(
            [
                ("system_id", "=", message.system_id),
                ("entity", "=", "partner"),
                ("external_id", "!=", number),
                ("res_model", "=", contacts._name),
                ("res_id", "in", contacts.ids),
            ]
        )
        return contacts.filtered(lambda contact: contact.id in found.mapped("res_id"))

    def _the_one(self, contacts, named):
        if len(contacts) == 1:
            return contacts
        raise ReferenceAmbiguous(
            _(
                "The goods are to go to %(named)s, which fits several contacts (%(names)s). Match the number to the "
                "right one.",
                named=named,
                names=", ".join(contacts.mapped("display_name")),
            ),
            wait_key=f"partner:{named}",
            pointer="/data/parties",
        )

    @staticmethod
    def _unknown(named, text):
        return ReferenceMissing(text, wait_key=f"partner:{named}", pointer="/data/parties")

    def _address(self, party, partner):
        country = (
            self.env["res.country"].search([("code", "=", party.get("country", "").upper()[:2])], limit=1)
            or partner.country_id
        )
        state = self.env["res.country.state"].search(
            [("code", "=", party.get("state", "").upper()), ("country_id", "=", country.id)], limit=1
        )
        street = party.get("street", [])
        return {
            "type": "delivery",
            "parent_id": partner.commercial_partner_id.id,
            "name": party["name"],
            "street": street[0],
            "street2": ", ".join(street[1:]) or False,
            "city": party.get("city"),
            "zip": party.get("zip"),
            "state_id": state.id,
            "country_id": country.id,
        }


def alike(ours, theirs):
    return bool(ours and theirs) and " ".join(ours.lower().split()) == " ".join(theirs.lower().split())
