"""Our own PostgreSQL: for this user only, and not in the way of another checkout or user."""

import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from mfg_setup.postgres import own_server
from mfg_setup.steps import SetupFailure


@pytest.fixture
def connection(templates):
    connection = templates.setting.connection
    if connection.foreign:
        pytest.skip("the tests run on a PostgreSQL server that is not ours")
    return connection


def test_only_its_owner_gets_near_the_socket(connection):
    folder = Path(connection.parameters["host"])
    found = folder.lstat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert found.st_uid != 0, "PostgreSQL does not run as root"
    assert len(f"{folder}/.s.PGSQL.5432") < 100
    assert connection.sql("SHOW listen_addresses") == [[""]]


def test_nobody_else_is_let_in(connection):
    methods = connection.sql("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules")
    assert methods == [["local", "peer"]]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can try it as another user")
def test_another_user_is_refused(connection):
    owner = Path(connection.parameters["host"]).stat().st_uid
    other = next(user for user in pwd.getpwall() if user.pw_uid not in (0, owner))
    answer = subprocess.run(
        ["ls", connection.parameters["host"]],
        user=other.pw_uid,
        group=other.pw_gid,
        extra_groups=[],
        capture_output=True,
    )
    assert b"denied" in answer.stderr


def names_in(cache, foreign=""):
    code = (
        "from mfg_setup.databases import Databases; from mfg_setup.postgres import Connection;"
        f"made = Databases(Connection({{}}, 'psql', {foreign!r})); print(made.name('x'), made.name('x', shared=True))"
    )
    environment = {**os.environ, "MFG_SYNC_CACHE": str(cache)}
    return subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).split()


def test_two_caches_and_two_servers_never_share_a_name(tmp_path):
    first, second = names_in(tmp_path / "first"), names_in(tmp_path / "second")
    assert first == names_in(tmp_path / "first")
    assert not set(first) & set(second)
    assert not set(first) & set(names_in(tmp_path / "first", foreign="db.example:5432"))
    assert all(len(name) < 63 - len("_kept0_scratch_01234567") for name in first)


def test_a_server_of_a_run_s_own_keeps_what_was_committed_when_it_is_killed():
    with own_server() as server, own_server() as other:
        assert server.connection.parameters["host"] != other.connection.parameters["host"]
        server.connection.sql("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS one")
        server.stop("immediate")
        with pytest.raises(SetupFailure):
            server.connection.sql("SELECT 1")
        server.start()
        assert server.connection.sql("SELECT one FROM kept") == [["1"]]
        assert other.connection.sql("SELECT 1") == [["1"]]
