"""The embedded PostgreSQL: a private server under the data directory, reached through a socket there and no port."""

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from registry_project.stack.binaries import ENVIRONMENT, binaries, unprivileged
from registry_project.stack.cluster import await_former_server, here, last_line, make_cluster, own_directory
from registry_project.stack.errors import StackError
from registry_project.stack.processes import die_with_parent

_LONGEST_SOCKET_PATH = 90  # sockaddr_un holds 108 bytes, of which the file's own name takes some
_EXTENSIONS = ("btree_gin", "fuzzystrmatch", "pg_trgm", "unaccent")
_SECONDS_TO_START = 60  # recovering from a crash replays up to max_wal_size
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "max_wal_size": "512MB",
    # Whoever is killed or frozen inside a transaction doesn't hold its locks for ever.
    "client_connection_check_interval": "2s",
    "idle_in_transaction_session_timeout": "1min",
    "jit": "off",  # compiling costs more than our short queries
    # Few processes, since an idle registry should be small.
    "io_method": "sync",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_max_workers": "2",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: For data that may be lost with the machine's power, such as a test's.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def socket_directory(data_dir: Path) -> Path:
    """Where the embedded server of `data_dir` listens: beside its data, unless that path is too long for a socket."""
    beside = data_dir / "postgres" / "socket"
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
        return beside
    return Path(tempfile.gettempdir()) / f"registry-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"


class Postgres:
    """The server of one data directory, a child of this process that ends with it.

    Its sessions are cut off at the end, what was committed is written. Call from the main thread: the kernel ties a
    child's life to the thread that made it. The caller sees to it that no two are made for one directory.
    """

    name = "database server"
    grace = 10.0

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = data_dir / "postgres"
        self.cluster = self.home / "data"
        self.log = self.home / "server.log"
        self.socket = socket_directory(data_dir)
        self.settings = _SETTINGS | dict(settings or {})
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start the server, return when the database `registry` answers.

        Raises StackError, with the server's own last word, when that can't be.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self.home.chmod(0o711)  # the server's user passes through
            as_user = unprivileged(self.cluster)
            programs = binaries(as_user)
            make_cluster(self.cluster, programs, as_user, durable=self.settings.get("fsync") != "off")
            await_former_server(self.cluster, seconds=_SECONDS_TO_START)
            own_directory(self.socket, as_user)
            (self.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        except OSError as wrong:
            raise StackError(f"The database can't be prepared in {self.home}: {wrong.strerror}.") from wrong
        beside = self.socket.parent == self.home
        listens = {"unix_socket_directories": "../socket" if beside else str(self.socket)}
        options = [word for name, value in (self.settings | listens).items() for word in ("-c", f"{name}={value}")]
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            self.log.chmod(0o600)  # a refused statement is quoted there
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [str(programs / "postgres"), "-D", here(self.cluster, as_user), *options],
                cwd=self.cluster,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is the supervisor's to hear; the server stops last
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGINT),  # noqa: PLW1509 - takes no lock
                **as_user,
            )
        self._await_readiness()

    def ended(self) -> str | None:
        if self.process is None:
            return "was not started"
        status = self.process.poll()
        if status is None:
            return None
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status} ({self._last_words()})"

    def ask_to_end(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)

    def end_now(self) -> None:
        """End the server without tidying up; the next start recovers what was committed."""
        self._end((signal.SIGQUIT, signal.SIGKILL), seconds=2)

    def stop(self) -> None:
        """End the server in order, or as it can be done."""
        self._end((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL), seconds=self.grace)

    def _end(self, ways: tuple[signal.Signals, ...], *, seconds: float) -> None:
        if self.process is None:
            return
        for sent in ways:
            self.process.send_signal(sent)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
                break
        self.process = None
        if self.socket.parent != self.home:
            with suppress(OSError):  # whatever an untidy end has left in it is removed at the next start
                self.socket.rmdir()

    def _last_words(self) -> str:
        return last_line(self.log.read_text(errors="replace"))

    def _await_readiness(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                with self._connected("postgres") as connection:
                    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'registry'").fetchone()
                if not known:
                    self._make_database()
                return
            except psycopg.OperationalError as wrong:
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.end_now()
                    raise StackError(f"PostgreSQL did not start: {self._last_words()} (log: {self.log})") from wrong
                time.sleep(0.02)

    def _make_database(self) -> None:
        """Create `registry`. Extensions go to the template, so that every later database has them too."""
        with self._connected("template1") as connection:
            for extension in _EXTENSIONS:
                connection.execute(SQL("CREATE EXTENSION IF NOT EXISTS {}").format(Identifier(extension)))
        with self._connected("postgres") as connection:
            connection.execute("CREATE DATABASE registry")

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket), port=5432, user="registry", dbname=database, autocommit=True)
