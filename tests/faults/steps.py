"""The steps of an upload, an ingest and a delete at which a registry is stopped dead, and how it is held there.

Nothing in the registry knows of this: it is held by what it waits for, a request to the storage, to SQS or to the Hub, a
row that somebody else has locked, or a name that somebody else is about to take.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg

from demo.models import base
from packages_app.sources.contract import LocalFile
from packages_app.sources.packing import pack
from tests.factories.archives import safetensors
from tests.faults.standing import SECONDS, Standing, eventually, package, unique
from tests.flows.conftest import Client
from tests.flows.test_ingest import WAIVED
from tests.servers.aws import Aws
from tests.servers.gates import Gate
from tests.servers.hub import Fault, Hub, Repository
from tests.servers.s3_faults import Proxy, Rule

Story = Literal["upload", "ingest", "delete"]


@dataclass(frozen=True)
class Step:
    """`held_by`: a request of the storage as `VERB key`, with {name}, {folder} and staging:{name}; or one of the other
    places that are named in `World.hold`."""

    story: Story
    at: str
    held_by: str

    def __str__(self) -> str:
        return f"{self.story}: {self.at}"


STEPS = (
    Step("upload", "half of the body has come", "body"),
    Step("upload", "the bytes go to the staging area", "PUT staging:{name}"),
    Step("upload", "the name is reserved", "name"),
    Step("upload", "the worker opens the bytes", "GET staging:{name}"),
    Step("upload", "the archive goes to its place", "COPY {folder}/package.zip"),
    Step("upload", "the weights go to theirs", "PUT {folder}/model.safetensors"),
    Step("upload", "the rows are written", "rows"),
    Step("upload", "the staging area is cleared", "DELETE staging:{name}"),
    Step("ingest", "half of a file was fetched", "hub"),
    Step("ingest", "the archive goes to the staging area", "PUT staging:{name}"),
    Step("ingest", "the name is reserved", "name"),
    Step("ingest", "the archive goes to its place", "COPY {folder}/package.zip"),
    Step("ingest", "the rows are written", "rows"),
    Step("ingest", "the staging area is cleared", "DELETE staging:{name}"),
    Step("delete", "the package is locked", "package"),
    Step("delete", "the first object goes", "DELETE {folder}/package.zip"),
)
#: Where the queue can't join the transaction there is one more.
SENDING = Step("upload", "the task goes to the queue", "queue")


@dataclass
class World:
    """All that a registry under attack stands on."""

    standing: Standing
    storage: Proxy
    hub: Hub
    queue: Aws | None = None

    @contextmanager
    def hold(self, step: Step, name: str, folder: str) -> Iterator[Callable[[], bool]]:
        """Hold whoever comes to the step with the package `name`; yields whether somebody is held."""
        match step.held_by:
            case "body":
                yield lambda: True  # the sender itself stops, see Operation
            case "queue":
                assert self.queue is not None
                gate = self.queue.gates["SendMessageBatch"] = Gate(drops=True)
                yield gate.reached.is_set
                gate.released.set()
            case "hub":
                self.hub.release.clear()
                key = f"/{name}/model.safetensors"
                self.hub.faults[key].append(Fault(cut=1000, stalls=True))
                yield lambda: not self.hub.faults[key] and bool(self.hub.ranges_of(f"{key}?signature=1"))
                self.hub.release.set()
            case "name":
                with self._locked(_TAKE_NAME, name) as is_waited_for:
                    yield is_waited_for
            case "package":
                with self._locked(_LOCK_PACKAGE, name) as is_waited_for:
                    yield is_waited_for
            case "rows":
                with self._locked_in_time(name, folder) as is_waited_for:
                    yield is_waited_for
            case request:
                verb, _, key = request.format(name=name, folder=folder).partition(" ")
                with self._rule(verb, key) as rule:
                    yield rule.gate.reached.is_set

    @contextmanager
    def _rule(self, verb: str, key: str) -> Iterator[Rule]:
        rule = Rule(verb, key)
        self.storage.rules.append(rule)
        yield rule
        rule.gate.released.set()

    @contextmanager
    def _locked_in_time(self, name: str, folder: str) -> Iterator[Callable[[], bool]]:
        """The package's row locked once it is there, while its job waits for the storage, which goes on then."""
        with ExitStack() as released:
            rule = released.enter_context(self._rule("COPY", f"{folder}/package.zip"))
            waited: list[Callable[[], bool]] = []

            def is_waited_for() -> bool:
                if rule.gate.reached.is_set() and not waited:
                    waited.append(released.enter_context(self._locked(_LOCK_PACKAGE, name)))
                    rule.gate.released.set()
                return bool(waited) and waited[0]()

            yield is_waited_for

    @contextmanager
    def _locked(self, statement: str, name: str) -> Iterator[Callable[[], bool]]:
        """A transaction of somebody else's that is never committed."""
        with ExitStack() as closed:
            connection = closed.enter_context(self.standing.database())
            connection.autocommit = False
            connection.execute(statement.encode(), {"name": name})
            own = connection.info.backend_pid

            def is_waited_for() -> bool:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
                return self.standing.ask(waiting, own) != [(0,)]

            yield is_waited_for
            with suppress(psycopg.OperationalError):  # the server may be dead
                connection.rollback()
            closed.pop_all()
            connection.close()


_TAKE_NAME = """
INSERT INTO packages (name, version, kind, status, size_bytes, sha256, license, is_sensitive)
VALUES (%(name)s, '1.0.0', 'model', 'pending', 1, '', '', false),
       (%(name)s, '1.1.0', 'model', 'pending', 1, '', '', false)
"""
#: Weak enough not to stop those who only refer to the package.
_LOCK_PACKAGE = "SELECT FROM packages WHERE name = %(name)s FOR NO KEY UPDATE"


@dataclass
class Operation:
    """One story, carried by a client of its own to the step where it is held, and brought to its end afterwards."""

    world: World
    step: Step
    number: int
    scratch: Path
    name: str = ""
    folder: str = ""
    data: bytes = b""
    sha256: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    answer: httpx.Response | None = None
    package_id: str = ""
    is_held: Callable[[], bool] = bool
    #: Set when a sender that stopped half-way goes on.
    going_on: threading.Event = field(default_factory=threading.Event)

    def prepare(self, client: Client) -> None:
        """What has to be there before the story begins."""
        self.name = unique(self.step.story)
        if self.step.story == "ingest":
            self.folder = f"{self.name}/1.1.0"
            files = dict(base("1.1.0")) | {"model.safetensors": safetensors(1000 + self.number)}
            self.world.hub.models[self.name] = Repository(files, tags=("v1.1.0",))
            self.body = {"url": f"https://huggingface.co/{self.name}", "waive": WAIVED}
            self.data = _packed(files, self.scratch / str(self.number))
        else:
            self.folder = f"{self.name}/1.0.0"
            self.data = package(self.name, padding=self.number)
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.world.storage.sizes[len(self.data)] = self.name
        if self.step.story == "delete":
            self.package_id = client.publish(self.data)

    def act(self, client: Client) -> None:
        """Ask for it once; `answer` is None when the connection broke."""
        with suppress(httpx.TransportError):
            self.answer = self._asked(client)

    def _asked(self, client: Client, *, stops: bool = True) -> httpx.Response:
        match self.step.story:
            case "ingest":
                return client.post("/package/ingest", json=self.body)
            case "delete":
                return client.delete(f"/package/{self.package_id}")
        if self.step.held_by == "body" and stops:
            return self._half_sent(client)
        return client.upload(self.data)

    def _half_sent(self, client: Client) -> httpx.Response:
        boundary = b"a-boundary"
        head = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="p.zip"\r\n\r\n' % boundary
        whole = head + self.data + b"\r\n--%b--\r\n" % boundary

        def stopping() -> Iterator[bytes]:
            yield whole[: len(whole) // 2]
            self.going_on.wait(SECONDS)
            yield whole[len(whole) // 2 :]

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary.decode()}",
            "Content-Length": str(len(whole)),
        }
        return client.post("/package", content=stopping(), headers=headers)

    @property
    def is_acknowledged(self) -> bool:
        return self.answer is not None and self.answer.status_code == 200

    @property
    def refusal(self) -> str:
        """The code of what was answered; empty where it was accepted, or nobody answered."""
        return "" if self.answer is None or self.is_acknowledged else str(self.answer.json()["code"])

    def settle(self, client: Client) -> str:
        """Bring the story to its end as a patient client would; why it can't be, or empty."""
        if self.step.story == "delete":
            return self._settle_delete(client)
        deadline = time.monotonic() + SECONDS
        while not self.is_acknowledged and time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                self.answer = self._asked(client, stops=False)
                if self.answer.status_code == 409:  # what wasn't acknowledged was kept all the same
                    break
                assert self.answer.status_code in {200, 502, 503}, self.answer.text
            time.sleep(0.2)
        ready = "SELECT count(*) FROM packages WHERE name = %s AND status = 'ready'"
        try:
            eventually(lambda: self.world.standing.ask(ready, self.name) == [(1,)], "the package")
        except AssertionError:
            jobs = self.world.standing.ask(
                "SELECT kind, status, stage, attempts, error_code, error_detail FROM jobs WHERE name = %s", self.name
            )
            return f"it is not published: {jobs}"
        return self.world.standing.fault_of_package(client, self.name, self.sha256)

    def _settle_delete(self, client: Client) -> str:
        def gone() -> bool:
            return self._asked(client).status_code == 404

        with suppress(AssertionError):
            eventually(gone, "the package's end", 30)
        rows = self.world.standing.ask("SELECT count(*) FROM packages WHERE name = %s", self.name)
        return "" if rows == [(0,)] else "it is still there"


def _packed(files: dict[str, bytes], place: Path) -> bytes:
    """The archive that an ingest makes of the files."""
    place.mkdir()
    local = []
    for number, (path, data) in enumerate(sorted(files.items())):
        at = place / str(number)
        at.write_bytes(data)
        local.append(LocalFile(path, at))
    pack(local, place / "package.zip", lambda _: None)
    return (place / "package.zip").read_bytes()


def at_once(operations: list[Operation], client: Client) -> None:
    """Ask for all of them, each of which is answered somehow."""
    threads = [threading.Thread(target=each.act, args=(client,), daemon=True) for each in operations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)


@contextmanager
def held(operations: list[Operation], client: Client) -> Iterator[None]:
    """All the operations at once, each held at its step."""
    threads = []
    with ExitStack() as released:
        for operation in sorted(operations, key=lambda each: each.step.held_by == "hub"):
            if operation.step.held_by == "hub":  # which holds nobody for long
                _await_held([each for each in operations if each.is_held is not bool])
            hold = operation.world.hold(operation.step, operation.name, operation.folder)
            operation.is_held = released.enter_context(hold)
            released.callback(operation.going_on.set)
            threads.append(threading.Thread(target=operation.act, args=(client,), daemon=True))
            threads[-1].start()
            if operation.step.held_by == "queue":  # the next to send is this one
                _await_held([operation])
        _await_held(operations)
        yield
    for thread in threads:
        thread.join(SECONDS)


def _await_held(operations: list[Operation]) -> None:
    for operation in operations:
        eventually(operation.is_held, f"that somebody is held where {operation.step}")
