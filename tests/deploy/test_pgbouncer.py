"""PgBouncer as it is deployed, over a PostgreSQL of its own; needs the program (Debian: pgbouncer)."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy.package import ROOT
from deploy.pgbouncer.prepare import databases, prepare, userlist
from registry_project.stack.binaries import unprivileged
from registry_project.stack.postgres import FLEETING, Postgres
from tests.servers.aws import aws

PASSWORD = 'correct "horse" battery staple'
PROGRAM = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="pgbouncer isn't installed")


def test_what_is_written_for_pgbouncer() -> None:
    assert databases("db.example") == "[databases]\nregistry = host=db.example port=5432 dbname=registry\n"
    assert userlist('a"b') == '"registry" "a""b"\n'


@pytest.fixture(scope="module")
def pooled() -> Iterator[str]:
    """The address of a database behind PgBouncer, without a password."""
    with contextlib.ExitStack() as ended:
        home = Path(tempfile.mkdtemp(prefix="registry-pooler-"))
        ended.callback(shutil.rmtree, home, ignore_errors=True)
        home.chmod(0o755)
        server = Postgres(home / "data", FLEETING)
        ended.callback(server.stop)
        server.start()
        with psycopg.connect(
            host=str(server.socket),
            user="registry",
            dbname="registry",
            autocommit=True,
            options=f"-c registry.password={PASSWORD.replace(' ', chr(92) + ' ')}",
        ) as administrator:
            administrator.execute((ROOT / "deploy" / "postgres" / "roles.sql").read_bytes())
        port = _free_port()
        _prepared(home, server, port)
        as_user = unprivileged(server.cluster)
        assert PROGRAM is not None
        process = subprocess.Popen([PROGRAM, "--quiet", str(home / "pgbouncer.ini")], **as_user)
        ended.callback(process.wait, 10)
        ended.callback(process.terminate)
        _await(port, process)
        yield f"postgresql://registry@127.0.0.1:{port}/registry"


def _prepared(home: Path, server: Postgres, port: int) -> None:
    """The deployed configuration with this machine's places in it."""
    run = home / "run"
    run.mkdir()
    with aws() as services, pytest.MonkeyPatch.context() as patched:
        services.secrets = {"database": json.dumps({"username": "registry", "PGPASSWORD": PASSWORD})}
        for name, value in services.environment.items():
            patched.setenv(name, value)
        patched.setenv("REGISTRY_SECRETS", "database")
        patched.setenv("REGISTRY_DATABASE_ADDRESS", str(server.socket))
        prepare(run)
    configuration = (ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini").read_text()
    configuration = configuration.replace("/run/registry-pooler", str(run)).replace("= 6432", f"= {port}")
    # Over a Unix socket there is no TLS, and PgBouncer reads the file of authorities all the same.
    configuration = configuration.replace("/etc/ssl/registry-rds.pem", str(run / "server.crt"))
    (home / "pgbouncer.ini").write_text(configuration)
    owner = server.cluster.stat()
    for path in (run, *run.iterdir()):
        os.chown(path, owner.st_uid, owner.st_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError("PgBouncer did not start")


@needs_pgbouncer
def test_sessions_are_as_the_role_says(pooled: str) -> None:
    with psycopg.connect(pooled, password=PASSWORD, sslmode="require") as connection:
        names = ("TimeZone", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        found = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
    assert found == [("UTC",), ("1min",), ("10s",), ("1min",)]


@needs_pgbouncer
@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"password": "wrong", "sslmode": "require"}, "authentication failed"),
        ({"password": PASSWORD, "sslmode": "disable"}, "SSL required"),
        (
            {"password": PASSWORD, "sslmode": "require", "options": "-c statement_timeout=0"},
            "unsupported startup parameter",
        ),
        ({"password": PASSWORD, "sslmode": "require", "dbname": "postgres"}, "no such database"),
    ],
)
def test_who_is_refused(pooled: str, options: dict[str, Any], refusal: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=refusal):
        psycopg.connect(make_conninfo(pooled, **options))


@needs_pgbouncer
def test_transactions_share_connections(pooled: str) -> None:
    """Sixty clients at once, of whom none is inside a transaction, take few of the server's connections."""
    with contextlib.ExitStack() as closed:
        clients = [
            closed.enter_context(psycopg.connect(pooled, password=PASSWORD, sslmode="require", autocommit=True))
            for _ in range(60)
        ]
        served = {client.execute("SELECT pg_backend_pid()").fetchone() for client in clients}
    assert len(served) == 1
