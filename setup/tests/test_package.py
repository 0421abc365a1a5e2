"""The archive that a customer unpacks into a folder of the addons path."""

import ast
import re
import zipfile

from mfg_setup import layout, packaging


def test_archive_holds_the_addons_of_its_series(tmp_path, templates):
    path = packaging.build(templates.setting.tree, tmp_path)
    assert path.name.startswith(f"mfg_sync-{templates.setting.series}.")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for addon in layout.ADDONS:
            manifest = ast.literal_eval(archive.read(f"{addon}/__manifest__.py").decode())
            assert manifest["version"].startswith(templates.setting.series)
    assert {name.split("/")[0] for name in names} == set(layout.ADDONS)
    assert not [name for name in names if "__pycache__" in name or "/." in name]


def test_who_gets_the_archive_alone_has_its_pages_and_licence(tmp_path, templates):
    with zipfile.ZipFile(packaging.build(templates.setting.tree, tmp_path)) as archive:
        names = set(archive.namelist())
        text = archive.read("mfg_sync/README.md").decode()
    links = [link.rstrip("/") for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(links) > 4
    for link in links:
        assert f"mfg_sync/{link}" in names or any(name.startswith(f"mfg_sync/{link}/") for name in names), link
    assert "mfg_sync/LICENSE" in names


def test_same_code_gives_the_same_archive(tmp_path, templates):
    first = packaging.build(templates.setting.tree, tmp_path / "first")
    second = packaging.build(templates.setting.tree, tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
