"""What Odoo's own scripts leave to do; each function takes the files as Odoo's scripts do."""

import re

from lxml import etree


def rename_migrations(tree):
    """A migration runs when the version before is lower, and that has the series in front."""
    for folder in sorted(tree.glob("*/migrations/17.0.*")):
        folder.rename(folder.with_name(folder.name.replace("17.0.", "19.0.", 1)))


def manifest_version(files):
    for file in files:
        if file.path.name == "__manifest__.py":
            file.content = re.sub(r"""(["']version["']\s*:\s*["'])17\.0\.""", r"\g<1>19.0.", file.content)


def controllers_jsonrpc(files):
    """Odoo's script asks for a comma after type="json"."""
    for file in files:
        if file.path.suffix == ".py" and "controllers" in file.path.parts:
            file.content = re.sub(r"""\btype=(["'])json\1""", r"type=\1jsonrpc\1", file.content)


def xml_records(files):
    for file in files:
        if file.path.suffix != ".xml" or "static" in file.path.parts or "<odoo" not in file.content:
            continue
        # Odoo's script overlooks a tag that follows another one in its line
        text = re.sub(r"<(/?)tree\b", r"<\1list", file.content)
        text = _group_privileges(text)
        # actions, menus, views, users
        text = re.sub(r"""(<field name=)(["'])groups_id\2""", r"\1\2group_ids\2", text)
        # ir.cron has neither any more
        text = re.sub(r"""[ \t]*<field name=(["'])(numbercall|doall)\1[^>]*?(/>|>[^<]*</field>)\n?""", "", text)
        text = re.sub(r"""<div class=(["'])oe_chatter\1>.*?</div>""", "<chatter/>", text, flags=re.S)
        text = re.sub(r"""<search\b.*?</search>""", lambda match: _search_groups(match.group(0)), text, flags=re.S)
        text = re.sub(r"""(["'])kanban-box\1""", r"\1card\1", text)
        text = re.sub(r"""(["'])kanban-menu\1""", r"\1menu\1", text)
        etree.fromstring(text.encode())
        file.content = text


def _search_groups(text):
    """A group of filters has no attributes any more."""
    return re.sub(r"""(<group)(?:\s+(?:expand|string)=(?:"[^"]*"|'[^']*'))+""", r"\1", text)


def _group_privileges(text):
    """res.groups: category_id is privilege_id (one privilege a category), users is user_ids."""
    categories = []

    def group(match):
        def privilege(ref):
            if ref.group(1) not in categories:
                categories.append(ref.group(1))
            return f'<field name="privilege_id" ref="{_privilege_id(ref.group(1))}"/>'

        body = re.sub(r"""<field name="category_id" ref="([^"]+)"\s*/>""", privilege, match.group(0))
        return re.sub(r"""<field name="users\"""", '<field name="user_ids"', body)

    text = re.sub(r"""<record\b[^>]*model="res\.groups".*?</record>""", group, text, flags=re.S)
    for category in categories:
        record = (
            f'<record id="{_privilege_id(category)}" model="res.groups.privilege">\n'
            f'        <field name="name">{_category_name(text, category)}</field>\n'
            f'        <field name="category_id" ref="{category}"/>\n'
            "    </record>\n    "
        )
        text = re.sub(r"""(?=<record\b[^>]*model="res\.groups")""", record.replace("\\", "\\\\"), text, count=1)
    return text


def _privilege_id(category):
    return "privilege_" + category.rpartition(".")[2].removeprefix("module_category_")


def _category_name(text, category):
    match = re.search(
        rf"""<record\b[^>]*id="{re.escape(category)}".*?<field name="name">([^<]+)</field>""", text, flags=re.S
    )
    return match.group(1) if match else category.rpartition("_")[2].capitalize()


def tours(files):
    for file in files:
        if file.path.suffix == ".js" and "web_tour.tours" in file.content:
            text = re.sub(r"""^[ \t]*test: true,\n""", "", file.content, flags=re.M)
            file.content = re.sub(r"""run: (["'])text """, r"run: \1edit ", text)


OWN = (manifest_version, controllers_jsonrpc, xml_records, tours)
