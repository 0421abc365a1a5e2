"""What a client of Odoo 17.0 and of 19.0 has to do differently."""


class Series:
    """:param Session session: anybody's"""

    def __init__(self, session):
        version = session._post("/web/webclient/version_info", {})
        self.is_17 = int(str(version["server_version_info"][0]).split("~")[-1]) == 17

    @property
    def user_groups(self):
        return "groups_id" if self.is_17 else "group_ids"

    def storable(self, values):
        return {**values, **({"detailed_type": "product"} if self.is_17 else {"type": "consu", "is_storable": True})}
