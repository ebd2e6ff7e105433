"""A registry that faults happen to: its parts can be killed, its database asked, and what must hold is checked."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from uuid import uuid4

import httpx
import psutil
import psycopg

from registry_project.stack.postgres import socket_directory
from tests.factories.archives import LICENSE, safetensors, zipped
from tests.flows.conftest import ADMIN_PASSWORD, ROOT, Client, Registry, start_registry

Part = Literal["web", "worker", "postgres", "supervisor"]
SECONDS = 90.0  # for anything to come about on a busy machine
#: Leases that run out soon, so that whoever takes over does so within a test.
QUICK = {
    "REGISTRY_JOB_LEASE_SECONDS": "2",
    "REGISTRY_JOB_ATTEMPTS": "20",  # on a busy machine such a lease is lost now and then
    "REGISTRY_CALLS_PER_SECOND": "0",
    "REGISTRY_TOKEN_CALLS": "1000000",
    "REGISTRY_LOG_LEVEL": "CRITICAL",
}


def unique(label: str) -> str:
    """A package name of its own, owner included: published names with one owner wait for one another."""
    return f"{label}-{uuid4().hex[:8]}/model"


def package(name: str, *, padding: int = 0, version: str = "1.0.0") -> bytes:
    """A sound model; `padding` makes its size and its weights its own."""
    files: dict[str, bytes | str] = {
        "config.json": f'{{"name": "{name}", "version": "{version}", "model_type": "bert"}}',
        "LICENSE": LICENSE,
        "model.safetensors": safetensors(4 + padding),
    }
    return zipped(files, compression=0)


def eventually(look: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """What `look` finds once it is true; connections that break meanwhile are looked past."""
    deadline = time.monotonic() + seconds
    found: Any = None
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError, psycopg.OperationalError, AssertionError):
            if found := look():
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come about within {seconds:.0f} seconds; it is {found!r}")


@dataclass
class Standing:
    """`environment` is the registry's; `objects` and `spool` are where its bytes lie."""

    data_dir: Path
    environment: dict[str, str]
    objects: Path
    #: Of its database, where that isn't the embedded one.
    address: str = ""
    registry: Registry = field(init=False)
    #: Jobs that ended and were tried again because somebody asked for it.
    retried: set[str] = field(default_factory=set)
    _clients: list[httpx.Client] = field(default_factory=list)

    def start(self) -> None:
        self.registry = start_registry(self.data_dir, **(QUICK | self.environment))

    def stop(self) -> None:
        """As an operator would; whatever it has to say."""
        for http in (self.registry.http, *self._clients):
            http.close()
        self._clients.clear()
        with suppress(ProcessLookupError):
            self.registry.process.send_signal(signal.SIGTERM)
        self.registry.process.wait(60)
        assert self.registry.process.stdout is not None
        self.registry.process.stdout.close()

    # What is done to it -----------------------------------------------------------------------------------------------

    def kill(self, part: Part) -> None:
        """SIGKILL. Of a part that is a family of processes, its head: the others follow it."""
        if part == "supervisor":
            os.kill(self.registry.process.pid, signal.SIGKILL)
            self.registry.process.wait()
            self.stop()
            self.start()
            return
        head = self.head(part)
        os.kill(head.pid, signal.SIGKILL)
        eventually(lambda: not head.is_running() or head.status() == psutil.STATUS_ZOMBIE, f"the end of the {part}")

    def head(self, part: Part) -> psutil.Process:
        """The first process of a part."""
        found = eventually(lambda: self._heads().get(part), f"the {part}")
        return cast(psutil.Process, found)

    def _heads(self) -> dict[str, psutil.Process]:
        heads: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.registry.process.pid).children():
            with suppress(psutil.Error):
                if child.name() == "postgres":
                    heads["postgres"] = child
                elif is_worker(child):
                    heads["worker"] = child
                elif len(child.children()) > 1:
                    heads["web"] = child
        return heads

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection past the registry."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            yield connection

    def own_place(self) -> dict[str, str]:
        """What has another process work on the same registry."""
        own = {"REGISTRY_DATA_DIR": str(self.data_dir), "SECRET_KEY": "", "DATABASE_URL": self._address}
        return self.environment | own

    def doctor(self, *options: str) -> str:
        """What `manage.py doctor` says."""
        command = [sys.executable, "manage.py", "doctor", *options]
        environment = os.environ | QUICK | self.own_place()
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        assert ended.returncode in {0, 1}, ended.stderr
        return ended.stdout

    @property
    def _address(self) -> str:
        return self.address or f"postgresql://registry@/registry?host={socket_directory(self.data_dir)}"

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    # Who speaks to it -------------------------------------------------------------------------------------------------

    def client(self) -> Client:
        """A new administrator's token; waits for a registry that is coming back."""
        http = httpx.Client(base_url=self.registry.url, timeout=SECONDS)
        self._clients.append(http)
        body = {"username": "admin", "password": ADMIN_PASSWORD}

        def signed_in() -> Any:
            answer = http.post("/authenticate", json=body)
            return answer.json().get("token") if answer.status_code == 200 else None

        return Client(http, eventually(signed_in, "a sign-in"))

    # What must hold ---------------------------------------------------------------------------------------------------

    def fault_of_package(self, client: Client, name: str, sha256: str) -> str:
        """Why it isn't true that `name` was published once and hands out these bytes; empty when it is."""
        found = self.ask("SELECT id, status FROM packages WHERE name = %s", name)
        if [status for _, status in found] != ["ready"]:
            return f"{name} has the packages {found}"
        handed = eventually(lambda: client.get(f"/package/{found[0][0]}"), "an answer")
        if handed.status_code != 200:
            return f"{name} isn't handed out: {handed.text}"
        got = hashlib.sha256(httpx.get(handed.json()["url"], timeout=SECONDS).content).hexdigest()
        return "" if got == sha256 == handed.json()["sha256"] else f"{name} has other bytes"

    def faults_of_jobs(self) -> list[str]:
        """Jobs that are not over, or whose end was written other than once. A deleted package's have no end written."""
        rows = self.ask(
            "SELECT id, kind, status, error_code, (SELECT count(*) FROM audit_entries"
            " WHERE action = 'job_ended' AND details->>'job' = jobs.id::text) FROM jobs"
        )
        silent = {"package_deleted"}
        return [
            f"job {key} ({kind}) is {status} {code}, ended {ends} times"
            for key, kind, status, code, ends in rows
            if status in {"queued", "running"}
            or ends != (kind != "rescore" and code not in silent) + (str(key) in self.retried)
        ]

    def await_quiet(self) -> None:
        """Wait until every job is over and nothing waits to be sent; as long as it takes, while one after the other ends."""
        open_jobs = "SELECT id, status, stage, attempts FROM jobs WHERE status IN ('queued', 'running') ORDER BY id"
        left = eventually(lambda: [self.ask(open_jobs)], "a look at the jobs")[0]
        while left:
            before = len(left)
            with suppress(AssertionError):
                eventually(lambda: len(self.ask(open_jobs)) < before, "a job's end")  # noqa: B023 - asked at once
            left = eventually(lambda: [self.ask(open_jobs)], "a look at the jobs")[0]
            assert len(left) < before, f"no job ends any more: {left}"
        eventually(lambda: self.ask("SELECT count(*) FROM outbox") == [(0,)], "an empty outbox")

    def leftovers(self) -> list[str]:
        """Bytes that no row names, or rows whose bytes are gone, after a sweep of all that is as if two hours old."""
        places = [self.objects, self.data_dir / "spool", self.data_dir / "uploads"]
        old = time.time() - 7200
        for folder, _, names in [each for place in places for each in os.walk(place)]:
            for path in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118 - as os.walk has it
                with suppress(FileNotFoundError):
                    os.utime(path, (old, old))
        with self.database() as connection:
            connection.execute("UPDATE workers SET swept_at = NULL")
        with suppress(AssertionError):
            eventually(lambda: not self._differences(), "a swept storage", 30)
        return self._differences()

    def _differences(self) -> list[str]:
        rows = self.ask(
            "SELECT name || '/' || version || '/package.zip' FROM packages WHERE status = 'ready'"
            " UNION SELECT object_key FROM package_files WHERE object_key IS NOT NULL"
        )
        named = {str(key) for (key,) in rows}
        stored = {
            (Path(folder) / name).relative_to(self.objects).as_posix()
            for folder, _, names in os.walk(self.objects)
            for name in names
        }
        kept = [str(path) for name in ("spool", "uploads") for path in (self.data_dir / name).glob("*")]
        return sorted([f"orphan {key}" for key in stored - named] + [f"lost {key}" for key in named - stored]) + kept


def is_worker(part: psutil.Process) -> bool:
    """Of the parts that are Python, the one whose only child, the queue's sentinel, has a family of its own."""
    return any(len(child.children()) > 2 for child in part.children())


def killed_worker_processes(standing: Standing) -> list[int]:
    """SIGKILL to every process that carries jobs or waits for one, and to no other; their numbers."""
    killed = []
    for process in standing.head("worker").children()[0].children():
        with suppress(psutil.Error, ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)
    return killed
