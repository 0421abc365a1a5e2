"""Which Odoo is taken, and how upstream's archive is fetched, against a server of our own."""

import functools
import http.server
import io
import socket
import tarfile
import threading

import pytest
from mfg_setup import layout, odoo_tree, upstream
from mfg_setup.steps import SetupFailure

RELEASE = "version_info = ({series}, 0, 0, 'final', 0, '')\nversion = '{series}.0-20300101'\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache; nothing in the environment names an Odoo."""
    folder = tmp_path / "cache"
    folder.mkdir()
    for module in (layout, odoo_tree, upstream):
        monkeypatch.setattr(module, "CACHE", folder)
    monkeypatch.setattr(upstream, "PATIENCE", 1)
    monkeypatch.delenv("ODOO_HOME", raising=False)
    return folder


@pytest.fixture
def archive_server(tmp_path, monkeypatch):
    """Serves a folder, whose file odoo.tar.gz MFG_SYNC_ODOO_URL names. Gives the folder and the list of requests."""
    folder = tmp_path / "served"
    folder.mkdir()
    requests = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            requests.append(self.path)

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("MFG_SYNC_ODOO_URL", f"http://127.0.0.1:{server.server_port}/odoo.tar.gz")
        yield folder, requests
        server.shutdown()


@pytest.fixture
def deaf_host(monkeypatch):
    """A host that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("MFG_SYNC_ODOO_URL", f"http://127.0.0.1:{server.getsockname()[1]}/odoo.tar.gz")
        yield


def tree_at(folder, series, more=("odoo/addons",)):
    for path in ("odoo", *more):
        (folder / path).mkdir(parents=True, exist_ok=True)
    (folder / "odoo" / "release.py").write_text(RELEASE.format(series=series))
    return folder


def write_archive(path, series=17):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in (("odoo/release.py", RELEASE.format(series=series)), ("odoo/addons/base/__init__.py", "")):
            entry = tarfile.TarInfo(f"odoo-{series}.0.post20300101/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))


def test_upstreams_archive_is_fetched_once(cache, archive_server):
    folder, requests = archive_server
    write_archive(folder / "odoo.tar.gz")
    (first,) = odoo_tree.choose()
    (second,) = odoo_tree.choose("17.0")
    assert first == second == odoo_tree.Odoo("17.0", "17.0-20300101", cache / "odoo-17.0")
    assert first.addons_paths == [cache / "odoo-17.0" / "odoo" / "addons"]
    assert requests == ["/odoo.tar.gz"]


@pytest.mark.parametrize("content", [b"<html>not an archive</html>", None], ids=["no archive", "nothing there"])
def test_what_is_no_archive_leaves_nothing_in_the_cache(cache, archive_server, content):
    folder, _requests = archive_server
    if content:
        (folder / "odoo.tar.gz").write_bytes(content)
    with pytest.raises(SetupFailure, match="17.0 cannot be had: http"):
        odoo_tree.choose("17.0")
    assert [path.name for path in cache.iterdir()] == ["locks"]


def test_archive_of_another_series_is_refused(cache, archive_server):
    folder, _requests = archive_server
    write_archive(folder / "odoo.tar.gz", series=18)
    with pytest.raises(SetupFailure, match="18.0"):
        odoo_tree.choose("17.0")
    assert not (cache / "odoo-17.0").exists()


def test_host_that_does_not_answer_is_given_up_for_debians_19(cache, deaf_host, monkeypatch, capsys):
    monkeypatch.setattr(odoo_tree.debian, "install_odoo", lambda target: tree_at(target, 19))
    (tree,) = odoo_tree.choose()
    assert tree.series == "19.0"
    could_not, instead = [line for line in capsys.readouterr().out.splitlines() if line.startswith("!!")]
    assert "17.0 could not be had" in could_not
    assert "19.0" in instead and "ODOO_HOME" in instead


def test_tree_in_the_cache_is_taken_before_any_host_is_asked(cache, archive_server):
    tree_at(cache / "odoo-17.0", 17)
    assert [tree.series for tree in odoo_tree.choose()] == ["17.0"]
    assert archive_server[1] == []


def test_odoo_home_comes_first_in_both_layouts(cache, tmp_path, monkeypatch):
    tree_at(cache / "odoo-17.0", 17)
    home = tree_at(tmp_path / "checkout", 17, more=("odoo/addons", "addons"))
    monkeypatch.setenv("ODOO_HOME", str(home))
    (tree,) = odoo_tree.choose()
    assert tree.home == home
    assert tree.addons_paths == [home / "odoo" / "addons", home / "addons"]


def test_all_means_each_series_at_hand(cache, tmp_path, monkeypatch):
    tree_at(cache / "odoo-19.0", 19)
    assert [tree.series for tree in odoo_tree.choose("all")] == ["19.0"]
    monkeypatch.setenv("ODOO_HOME", str(tree_at(tmp_path / "home", 17)))
    assert [tree.series for tree in odoo_tree.choose("all")] == ["17.0", "19.0"]


@pytest.mark.parametrize("make", [lambda home: None, lambda home: tree_at(home, 16)], ids=["no tree", "Odoo 16"])
def test_odoo_home_that_cannot_be_used_is_an_error(cache, tmp_path, monkeypatch, make):
    make(tmp_path / "home")
    monkeypatch.setenv("ODOO_HOME", str(tmp_path / "home"))
    with pytest.raises(SetupFailure, match="ODOO_HOME="):
        odoo_tree.choose()
