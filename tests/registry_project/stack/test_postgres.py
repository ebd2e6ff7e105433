"""The embedded server itself, in directories of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from registry_project.stack.errors import StackError
from registry_project.stack.postgres import FLEETING, Postgres, socket_directory
from tests.registry_project.stack.running import is_running

# From Python 3.12 on, a fork beside pytest-xdist's threads is warned of; what is forked here takes none of their locks.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path, FLEETING)
    yield server
    server.stop()


def asked(server: Postgres, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(server.socket), port=5432, user="registry", dbname="registry") as connection:
        return connection.execute(question.encode()).fetchall()


def test_server_is_private_and_has_what_the_registry_uses(server: Postgres) -> None:
    server.start()
    assert asked(server, "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1") == [
        ("btree_gin",),
        ("fuzzystrmatch",),
        ("pg_trgm",),
        ("unaccent",),
    ]
    asking = "SELECT uuidv7() < uuidv7(), upper('modèle'), current_setting('listen_addresses')"
    assert asked(server, asking) == [(True, "MODÈLE", "")]
    assert oct(server.socket.stat().st_mode & 0o777) == "0o700"
    assert oct(server.cluster.stat().st_mode & 0o777) == "0o700"


def test_killed_server_keeps_its_data_and_gets_over_a_stale_lock(quick_path: Path) -> None:
    server = Postgres(quick_path)
    server.start()
    with psycopg.connect(host=str(server.socket), port=5432, user="registry", dbname="registry") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.process is not None
    lock = server.cluster / "postmaster.pid"
    left = lock.read_text()
    server.process.kill()
    server.process.wait()
    # The number in the file now belongs to a live process that is no server: this one.
    lock.write_text(left.replace(str(server.process.pid), str(os.getpid()), 1))
    server.start()
    try:
        assert asked(server, "SELECT one FROM kept") == [(1,)]
    finally:
        server.stop()


def test_server_that_cannot_start_says_why(server: Postgres) -> None:
    server.start()
    server.stop()
    (server.cluster / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(StackError) as refusal:
        server.start()
    assert str(refusal.value).splitlines() == [str(refusal.value)]
    assert "database files are incompatible with server" in str(refusal.value)
    assert str(server.log) in str(refusal.value)
    assert server.ended() == "was not started"


def test_directory_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "postgres").touch()
    with pytest.raises(StackError) as refusal:
        Postgres(tmp_path).start()
    assert str(refusal.value) == f"The database can't be prepared in {tmp_path / 'postgres'}: File exists."


def test_cluster_half_made_is_made_anew(server: Postgres) -> None:
    half = server.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").touch()
    server.start()
    assert sorted(path.name for path in server.home.iterdir()) == ["data", "server.log", "socket"]


def test_server_ends_with_its_parent_and_loses_nothing(quick_path: Path) -> None:
    program = (
        "import sys, time, pathlib, psycopg; from registry_project.stack.postgres import Postgres;"
        "server = Postgres(pathlib.Path(sys.argv[1])); server.start();"
        "connection = psycopg.connect(host=str(server.socket), user='registry', dbname='registry', autocommit=True);"
        "connection.execute('CREATE TABLE kept AS SELECT 1 AS one');"
        "print(server.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(quick_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        parent.kill()
    server = Postgres(quick_path)
    server.start()  # waits for the one before
    try:
        assert not is_running(number)
        assert asked(server, "SELECT one FROM kept") == [(1,)]
    finally:
        server.stop()


@pytest.mark.parametrize("length", [40, 300])
def test_socket_is_beside_the_data_where_its_path_is_short(length: int) -> None:
    data_dir = Path("/" + "d" * length)
    found = socket_directory(data_dir)
    assert (found == data_dir / "postgres" / "socket") == (length == 40)
    assert len(str(found / ".s.PGSQL.5432.lock")) <= 107


def test_server_listens_elsewhere_where_its_path_is_long(tmp_path: Path) -> None:
    server = Postgres(tmp_path / ("d" * 120), FLEETING)
    server.start()
    try:
        assert asked(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()
    assert not server.socket.exists()
