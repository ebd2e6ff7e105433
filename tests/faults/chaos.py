"""Chaos: `python -m tests.faults.chaos --seconds 60` (or `make chaos`).

Several clients upload, ingest, download and delete while something is killed every few seconds. Then the registry gets its
rest, and what it holds is compared with what it acknowledged. Prints what happened, and ends with status 1 where something
that must hold doesn't.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from demo.models import base
from tests.factories.archives import safetensors
from tests.faults.standing import SECONDS, Part, Standing, killed_worker_processes, package, unique
from tests.flows.conftest import Client
from tests.flows.test_ingest import WAIVED
from tests.servers.hub import Hub, Repository, running_hub

_KILLS_A_MINUTE = 4  # of one part; at five the supervisor gives up, as it should
_MOST_OPEN = 8  # jobs
_PARTS: tuple[Part, ...] = ("worker", "web", "postgres", "supervisor")


@dataclass
class Package:
    """What one client knows of a package; `sha256` is None where the registry makes its archive."""

    name: str
    sha256: str | None
    is_acknowledged: bool = False
    job: str = ""
    deletion: str = ""  # "asked" or "acknowledged"


@dataclass
class Chaos:
    """What went on; clients and killer write into it."""

    standing: Standing
    hub: Hub
    seconds: float
    choice: random.Random
    packages: list[Package] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    kills: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> None:
        """Attack for so many seconds, then compare."""
        client = self.standing.client()
        stories = [self._upload, self._upload, self._ingest, self._download, self._delete]
        threads = [threading.Thread(target=self._repeat, args=(story, client)) for story in stories]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + self.seconds
        while not self.over.wait(self.choice.uniform(1, 4)) and time.monotonic() < deadline:
            self._kill_something()
        self.over.set()
        for thread in threads:
            thread.join()
        self._compare()

    # The clients ------------------------------------------------------------------------------------------------------

    def _repeat(self, story: Callable[[Client], str], client: Client) -> None:
        own = Client(httpx.Client(base_url=self.standing.registry.url, timeout=SECONDS), client.token)
        while not self.over.wait(0.2):
            try:
                outcome = story(own)
            except (httpx.TransportError, psycopg.OperationalError):
                outcome = "cut off"
            if outcome:
                self.counts[f"{story.__name__[1:]}: {outcome}"] += 1
        own.http.close()

    def _is_behind(self) -> bool:
        """Whether so much waits that more of it would show nothing new."""
        waiting = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')"
        return int(self.standing.ask(waiting)[0][0]) >= _MOST_OPEN

    def _upload(self, client: Client) -> str:
        if self._is_behind():
            return ""
        name = unique("upload")
        data = package(name, padding=self.choice.randrange(200_000))
        sent = Package(name, hashlib.sha256(data).hexdigest())
        self.packages.append(sent)
        return self._acknowledged(sent, client.upload(data))

    def _ingest(self, client: Client) -> str:
        if self._is_behind():
            return ""
        sent = Package(unique("ingest"), None)
        weights = safetensors(self.choice.randrange(1000, 100_000))
        self.hub.models[sent.name] = Repository(dict(base("1.1.0")) | {"model.safetensors": weights}, tags=("v1.1.0",))
        self.packages.append(sent)
        body = {"url": f"https://huggingface.co/{sent.name}", "waive": WAIVED}
        return self._acknowledged(sent, client.post("/package/ingest", json=body))

    def _acknowledged(self, sent: Package, answer: httpx.Response) -> str:
        if answer.status_code != 200:
            return _refusal(answer)
        sent.job, sent.is_acknowledged = answer.json()["job_id"], True
        return "acknowledged"

    def _download(self, client: Client) -> str:
        found = self._any_ready(client)
        if found is None:
            return ""
        key, sent = found
        handed = client.get(f"/package/{key}")
        if handed.status_code != 200:
            return _refusal(handed)
        got = httpx.get(handed.json()["url"], timeout=SECONDS)
        if got.status_code != 200:
            return _refusal(got)
        whole = hashlib.sha256(got.content).hexdigest() == handed.json()["sha256"]
        if not whole or sent.sha256 not in {None, handed.json()["sha256"]}:
            self.wrong.append(f"{sent.name} was handed out with other bytes")
        return "whole"

    def _delete(self, client: Client) -> str:
        found = self._any_ready(client)
        if found is None or self.choice.random() < 0.7:
            return ""
        key, sent = found
        sent.deletion = "asked"
        answer = client.delete(f"/package/{key}")
        if answer.status_code not in {200, 404}:
            return _refusal(answer)
        sent.deletion = "acknowledged"
        return "acknowledged"

    def _any_ready(self, client: Client) -> tuple[str, Package] | None:
        candidates = [sent for sent in self.packages if sent.is_acknowledged and not sent.deletion]
        if not candidates:
            return None
        sent = self.choice.choice(candidates)
        answer = client.get(f"/job/{sent.job}")
        job: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return (job["package_id"], sent) if job.get("status") == "succeeded" else None

    # The killer -------------------------------------------------------------------------------------------------------

    def _kill_something(self) -> None:
        now = time.monotonic()
        often = {
            part
            for part, when in self.kills.items()
            if len([each for each in when if now - each < 60]) >= _KILLS_A_MINUTE
        }
        ways: dict[str, Callable[[], object]] = {
            part: partial(self.standing.kill, part) for part in _PARTS if part not in often
        }
        ways["a worker's processes"] = lambda: killed_worker_processes(self.standing)
        ways["one of the web's"] = lambda: _kill_one(self.standing.head("web"), self.choice)
        ways["one of postgres's"] = lambda: _kill_one(self.standing.head("postgres"), self.choice)
        victim = self.choice.choice(sorted(ways))
        with suppress(psutil.Error, ProcessLookupError, IndexError):
            ways[victim]()
            self.kills.setdefault(victim, []).append(now)
            self.counts[f"killed: {victim}"] += 1

    # The comparison ---------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        client = self.standing.client()
        self.standing.await_quiet()
        ready = {str(name) for (name,) in self.standing.ask("SELECT name FROM packages WHERE status = 'ready'")}
        for sent in self.packages:
            is_there = sent.name in ready
            if sent.deletion == "acknowledged" and is_there:
                self.wrong.append(f"{sent.name} was deleted and is there")
            if sent.is_acknowledged and not sent.deletion and not is_there:
                self.wrong.append(f"{sent.name} was acknowledged and is gone: {self._job(sent)}")
            if is_there:
                self._compare_bytes(client, sent)
        self.counts["at last: ready"] = len(ready)
        self.counts["at last: ready though unacknowledged"] = len(
            [sent for sent in self.packages if sent.name in ready and not sent.is_acknowledged]
        )
        self.wrong += self.standing.faults_of_jobs() + self.standing.leftovers()

    def _compare_bytes(self, client: Client, sent: Package) -> None:
        (row,) = self.standing.ask("SELECT sha256 FROM packages WHERE name = %s", sent.name)
        fault = self.standing.fault_of_package(client, sent.name, sent.sha256 or row[0])
        if fault:
            self.wrong.append(fault)

    def _job(self, sent: Package) -> list[tuple[Any, ...]]:
        return self.standing.ask(
            "SELECT status, stage, attempts, error_code, error_detail FROM jobs WHERE id = %s", sent.job
        )


def _refusal(answer: httpx.Response) -> str:
    return f"answered {answer.status_code}"


def _kill_one(head: psutil.Process, choice: random.Random) -> None:
    os.kill(choice.choice(head.children()).pid, signal.SIGKILL)


def rage(seconds: float, seed: int) -> Chaos:
    """A registry with everything embedded, attacked for so long and compared; `seed` chooses what is killed."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    with ExitStack() as closed:
        where = closed.enter_context(
            tempfile.TemporaryDirectory(dir=memory if plenty else None, prefix="registry-chaos-")
        )
        hub = closed.enter_context(running_hub())
        environment = {"HF_ENDPOINT": hub.url, "REGISTRY_OWN_HOSTS": hub.large_url.removeprefix("http://")}
        standing = Standing(
            Path(where) / "data",
            environment | {"PORT": str(_free_port()), "REGISTRY_GIT_HOSTS": "nowhere.invalid"},
            Path(where) / "data" / "objects",
        )
        standing.start()
        closed.callback(standing.stop)
        chaos = Chaos(standing, hub, seconds, random.Random(seed))
        chaos.run()
    return chaos


def _free_port() -> int:
    """The same after every start, so that clients find it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="what is killed when; printed")
    given = parser.parse_args()
    chaos = rage(given.seconds, given.seed)
    sys.stdout.write(f"{given.seconds:.0f} s of chaos, seed {given.seed}\n")
    for what, count in sorted(chaos.counts.items()):
        sys.stdout.write(f"  {what:42} {count:6}\n")
    for wrong in chaos.wrong:
        sys.stdout.write(f"WRONG: {wrong}\n")
    sys.stdout.write("everything acknowledged is there once, and nothing else\n" if not chaos.wrong else "")
    return 1 if chaos.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
