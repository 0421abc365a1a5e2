"""The 19.0 form of addons: the same from the same code, and without what 19.0 refuses."""

import pytest
from mfg_setup import layout, odoo_tree, porting, python_env
from mfg_setup.steps import SetupFailure

SOURCE = {
    "plant/__manifest__.py": '{"name": "Plant", "version": "17.0.1.2.0"}\n',
    "plant/migrations/17.0.1.2.0/post-weigh.py": "def migrate(cr, version):\n    pass\n",
    "plant/models/scale.py": (
        "class Scale(models.Model):\n"
        '    _name = "plant.scale"\n'
        '    _sql_constraints = [("code_once", "UNIQUE(code)", "A scale has one code.")]\n'
    ),
    "plant/controllers/main.py": 'class Weigh(Controller):\n    @route("/weigh", auth="user", type="json")\n'
    '    def weigh(self):\n        return {}\n\n    @route("/tare", type="json", auth="user")\n    def tare(self):\n'
    "        return {}\n",
    "plant/views/scale.xml": """<?xml version="1.0" encoding="utf-8"?>
<odoo>
    <record id="module_category_plant" model="ir.module.category">
        <field name="name">Plant</field>
    </record>
    <record id="group_weigher" model="res.groups">
        <field name="name">Weigher</field>
        <field name="category_id" ref="module_category_plant"/>
        <field name="users" eval="[(4, ref('base.user_admin'))]"/>
    </record>
    <record id="cron" model="ir.cron">
        <field name="name">Weigh</field>
        <field name="numbercall">-1</field>
        <field name="doall" eval="False"/>
    </record>
    <record id="tree" model="ir.ui.view">
        <field name="groups_id" eval="[(4, ref('group_weigher'))]"/>
        <field name="arch" type="xml"><tree><field name="name"/></tree></field>
    </record>
    <record id="search" model="ir.ui.view">
        <field name="arch" type="xml">
            <search><group expand="0" string="Group By"><filter name="a"/></group></search>
        </field>
    </record>
    <record id="form" model="ir.ui.view">
        <field name="arch" type="xml">
            <form><div class="oe_chatter"><field name="message_ids"/></div></form>
        </field>
    </record>
</odoo>
""",
    "plant/static/tests/tour.js": (
        '/** @odoo-module **/\nregistry.category("web_tour.tours").add("weigh", {\n    test: true,\n'
        '    steps: () => [{trigger: "input", run: "text 5"}],\n});\n'
    ),
    "tests/test_plant.py": "def test_weigh():\n    assert True is True\n",
}


@pytest.fixture(scope="module")
def odoo19():
    tree = odoo_tree.read_tree(layout.CACHE / "odoo-19.0")
    if not tree:
        pytest.skip("Odoo 19.0 is not at hand, and its upgrade scripts are part of setup/port")
    return tree, python_env.python_for("19.0")


@pytest.fixture
def source(tmp_path):
    for name, text in SOURCE.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "source"


def test_port_gives_the_same_from_the_same(source, tmp_path, odoo19):
    porting.port(source, tmp_path / "first", *odoo19)
    porting.port(source, tmp_path / "second", *odoo19)
    porting.port(source, tmp_path / "second", *odoo19)
    assert layout.tree_hash([tmp_path / "first" / name for name in ("plant", "tests")]) == layout.tree_hash(
        [tmp_path / "second" / name for name in ("plant", "tests")]
    )


def test_port_leaves_nothing_that_19_refuses(source, tmp_path, odoo19):
    porting.port(source, tmp_path / "ported", *odoo19)
    read = {name: (tmp_path / "ported" / name).read_text() for name in SOURCE if "migrations" not in name}
    assert '"version": "19.0.1.2.0"' in read["plant/__manifest__.py"]
    assert (tmp_path / "ported/plant/migrations/19.0.1.2.0/post-weigh.py").exists()
    assert "models.Constraint(" in read["plant/models/scale.py"]
    assert "_sql_constraints" not in read["plant/models/scale.py"]
    assert read["plant/controllers/main.py"].count('type="jsonrpc"') == 2
    views = read["plant/views/scale.xml"]
    for gone in ("tree>", "groups_id", 'name="users"', "numbercall", "doall", "oe_chatter", "expand="):
        assert gone not in views, gone
    for there in ("<list>", "group_ids", "user_ids", "<chatter/>", "privilege_plant", "res.groups.privilege"):
        assert there in views, there
    assert "test: true" not in read["plant/static/tests/tour.js"]
    assert 'run: "edit 5"' in read["plant/static/tests/tour.js"]
    assert read["tests/test_plant.py"] == SOURCE["tests/test_plant.py"]


def test_port_leaves_the_source_and_foreign_folders_alone(source, tmp_path, odoo19):
    before = layout.tree_hash([source])
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "precious.txt").write_text("mine")
    with pytest.raises(SetupFailure, match="was not made by port"):
        porting.port(source, foreign, *odoo19)
    assert (foreign / "precious.txt").read_text() == "mine"
    assert layout.tree_hash([source]) == before
