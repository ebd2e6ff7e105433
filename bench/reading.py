"""What one small request costs: `python -m bench.reading [requests]`, 1,000 of each kind by default.

Prints the processor time that web processes and database spend on a request, and its p50 at one client and rate at
sixteen, each time with the ratio to a bare WSGI answer of the same server, measured in the same rounds. Processor time hardly
depends on what else the machine is doing; the other two do. A `SELECT 1` says how long a round trip to the database takes.
"""

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.registry import CONNECTIONS, QUOTAS, Caller, rate
from bench.shelf import fill
from registry_project.stack import web
from registry_project.stack.postgres import socket_directory
from tests.factories.archives import model_package
from tests.flows.conftest import Registry, start_registry, stop_registry

ROUNDS = 5
_FIRST = 10
SHELF = 1_000


def bare_answer(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = b'{"status": "alive"}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@dataclass(frozen=True)
class Server:
    """Where requests are sent, and the first of the processes that answer them: the web server's and the database's."""

    url: str
    token: str
    web: psutil.Process
    database: psutil.Process | None = None

    def spent(self) -> tuple[float, float]:
        """Processor seconds so far, of both."""
        return _seconds(self.web), _seconds(self.database) if self.database else 0.0


def _seconds(first: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in (first, *first.children()))


@contextmanager
def bare_server() -> Iterator[Server]:
    """The registry's web server with next to nothing behind it."""
    listener = web.listening_place("127.0.0.1", "0")
    serving = partial(web.serve, bare_answer, listener, processes=2, threads=8)
    server = multiprocessing.get_context("fork").Process(target=serving)
    server.start()
    try:
        while not web.is_live(listener, "127.0.0.1"):
            time.sleep(0.05)
        yield Server(web.url(listener), "", psutil.Process(server.pid))
    finally:
        server.terminate()
        server.join()


def server_of(registry: Registry) -> Server:
    children = psutil.Process(registry.process.pid).children()
    database = next(one for one in children if one.name().startswith("postgres"))
    newest = max(children, key=lambda one: (one.create_time(), one.pid))  # the web server is started last
    return Server(registry.url, registry.admin.token, newest, database)


def trip_ms(registry: Registry, times: int) -> float:
    """The p50 of a round trip to the database, in milliseconds."""
    host = str(socket_directory(registry.data_dir))
    with psycopg.connect(host=host, port=5432, user="registry", dbname="registry", autocommit=True) as connection:
        return statistics.median(_milliseconds(partial(connection.execute, "SELECT 1")) for _ in range(times))


def _milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


class Kind:
    """Requests of one kind, measured in turn with the others: what a server answers to `method`, `path` and `body`."""

    def __init__(self, what: str, server: Server, method: str, path: str, body: object = None) -> None:
        self.what, self.path, self.server = what, path, server
        self._asked = (method, path, body)
        self._times: list[float] = []
        self._spent: list[tuple[float, float]] = []

    def measure(self, times: int) -> None:
        caller = Caller(self.server.url, self.server.token)
        for _ in range(_FIRST):  # a connection to open, code to load, caches to fill
            caller.call(*self._asked)
        before = self.server.spent()
        self._times += [_milliseconds(partial(caller.call, *self._asked)) for _ in range(times)]
        after = self.server.spent()
        self._spent.append(((after[0] - before[0]) / times, (after[1] - before[1]) / times))

    @property
    def p50(self) -> float:
        return statistics.median(self._times)

    @property
    def processor_ms(self) -> tuple[float, float]:
        """Of the web processes and of the database, a request: the medians of all rounds."""
        web_seconds, database_seconds = zip(*self._spent, strict=True)
        return 1000 * statistics.median(web_seconds), 1000 * statistics.median(database_seconds)

    def say(self, bare: "Kind") -> None:
        web_ms, database_ms = self.processor_ms
        sys.stdout.write(
            f"{self.what:<20} processor: web {web_ms:5.2f} ms {web_ms / bare.processor_ms[0]:5.1f} x, "
            f"database {database_ms:5.2f} ms   p50 {self.p50:5.2f} ms {self.p50 / bare.p50:5.1f} x\n"
        )


def measure(registry: Registry, bare: Server, requests: int) -> None:
    ours = server_of(registry)
    package = f"/package/{registry.admin.publish(model_package('bench/model', '1.0.0'))}"
    fill(registry.data_dir, SHELF)
    kinds = [
        Kind("a bare WSGI answer", bare, "GET", "/"),
        Kind("a bare view", ours, "GET", "/health/live"),
        Kind("metadata", ours, "GET", f"{package}/metadata"),
        Kind("a package's URL", ours, "GET", package),
        Kind("part of a name", ours, "POST", "/packages", {"name": "whisper-sm"}),
        Kind("part of many names", ours, "POST", "/packages", {"name": "bert"}),
    ]
    for _ in range(ROUNDS):
        for kind in kinds:
            kind.measure(requests // ROUNDS)
    sys.stdout.write(f"a round trip to the database, SELECT 1: p50 {trip_ms(registry, requests):.2f} ms\n")
    for kind in kinds:
        kind.say(kinds[0])
    for kind in (kinds[1], kinds[2]):
        most, got = rate(bare.url, bare.token, "/"), rate(ours.url, ours.token, kind.path)
        sys.stdout.write(
            f"{kind.what:<20} {CONNECTIONS} at once {got:6,.0f}/s, bare answers {most:6,.0f}/s {got / most:5.2f}\n"
        )


def main(requests: int) -> None:
    with bare_server() as bare, tempfile.TemporaryDirectory() as directory:
        registry = start_registry(Path(directory), **QUOTAS)
        try:
            measure(registry, bare, requests)
        finally:
            stop_registry(registry)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
