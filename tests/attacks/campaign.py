"""Attack a running registry from outside, and see what it says and what it keeps: `python -m tests.attacks.campaign [mutants]`.

What must hold, whatever is sent: no answer of 500 or more, none later than ten seconds, every refusal one sentence with a
code; afterwards every job is over, no file is left behind, rows and objects agree, and the audit trail is whole.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.attacks.archives import hostile_archives, mutants
from tests.attacks.requests import hostile_requests
from tests.factories.archives import model_package
from tests.flows.conftest import ROOT, Client, Registry, start_registry, stop_registry

SECONDS = 10
AT_ONCE = 4
BOUNDARY = b"--registry-attack"


@dataclass
class Tally:
    """What came of one kind of attack. `wrong`: what broke a promise."""

    sent: int = 0
    accepted: int = 0
    refused: int = 0
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def line(self, kind: str) -> str:
        numbers = (self.sent, self.refused, self.accepted, f"{self.slowest * 1000:.0f}", len(self.wrong))
        return f"{kind:<12}" + "".join(f"{number:>12}" for number in numbers)


HEAD = f"{'attack':<12}" + "".join(f"{title:>12}" for title in ("sent", "refused", "accepted", "slowest ms", "wrong"))


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float


class Campaign:
    """Attacks on one registry by its administrator, who may do everything and so gets furthest."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.admin = registry, registry.admin
        self.tallies: dict[str, Tally] = {}
        self.jobs: list[str] = []

    def run(self, kind: Callable[[Any], str], attacks: Iterable[Any], send: Callable[[Any], Answer]) -> None:
        """Send all of `attacks`, a few at a time, and count what comes of them under their kinds."""
        attacks = list(attacks)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for attack, answer in zip(attacks, pool.map(send, attacks), strict=True):
                self._count(self.tallies.setdefault(kind(attack), Tally()), attack, answer)

    def upload(self, data: bytes, version: str) -> Answer:
        """`data` as a package of a name of its own, whatever its manifest says."""
        fields = {
            'name="name"': b"attack/package",
            'name="version"': version.encode(),
            'name="file"; filename="a.zip"': data,
        }
        body = b"".join(
            b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (BOUNDARY, name.encode(), value)
            for name, value in fields.items()
        )
        body += b"--%s--\r\n" % BOUNDARY
        answer = self.ask(
            "POST", "/package", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
        )
        if answer.status == 200:
            self.jobs.append(json.loads(answer.body)["job_id"])
        return answer

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        place = urlsplit(self.registry.url)
        started = time.monotonic()
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=3 * SECONDS)
        try:
            given = {"X-Auth-Token": self.admin.token, "Accept": "application/json"} | (headers or {})
            connection.putrequest(method, path, skip_host="Host" in given, skip_accept_encoding=True)
            for name, value in ({"Content-Length": str(len(body))} | given).items():
                connection.putheader(name, value.encode("utf-8"))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), time.monotonic() - started)
        except ValueError:  # the client itself won't send it
            return Answer(0, b"", 0.0)
        except OSError as problem:  # refused by closing, which the server may do with what is no HTTP
            return Answer(-1, str(problem).encode(), time.monotonic() - started)
        finally:
            connection.close()

    def _count(self, tally: Tally, attack: Any, answer: Answer) -> None:
        if answer.status == 0:
            return
        tally.sent += 1
        tally.slowest = max(tally.slowest, answer.seconds)
        tally.accepted += 200 <= answer.status < 400
        tally.refused += answer.status < 0 or answer.status >= 400
        if problem := wrong(answer):
            tally.wrong.append(f"{str(attack)[:300]}: {problem}")

    def settle(self, seconds: float = 600) -> Tally:
        """Wait until every job is over; each must have ended as one may, with a sentence where it failed."""
        tally = self.tallies.setdefault("jobs", Tally())
        until = time.monotonic() + seconds
        for job_id in self.jobs:
            while (job := self.admin.get(f"/job/{job_id}").json())["status"] in {"queued", "running"}:
                if time.monotonic() > until:
                    break
                time.sleep(0.05)
            tally.sent += 1
            tally.accepted += job["status"] == "succeeded"
            tally.refused += job["status"] == "failed"
            error = job["error"]
            if job["status"] == "succeeded" and error is None:
                continue
            if job["status"] != "failed" or not sentence(error["detail"]) or error["code"] in {"", "internal"}:
                tally.wrong.append(f"{job}")
        return tally

    def remains(self) -> list[str]:
        """What should not be there any more, and what doesn't agree."""
        data = self.registry.data_dir
        found = [
            str(path)
            for folder in ("spool", "objects/staging")
            for path in (data / folder).rglob("*")
            if path.is_file()
        ]
        environment = os.environ | {"REGISTRY_DATA_DIR": str(data)}
        for command in (["doctor", "--deep"], ["verify_audit"]):
            order = [sys.executable, "manage.py", *command]
            done = subprocess.run(order, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                found.append(f"{command}: {done.stdout}{done.stderr}")
        return found

    def table(self) -> str:
        return "\n".join([HEAD, *(tally.line(kind) for kind, tally in self.tallies.items())])

    def all_wrong(self) -> list[str]:
        """The first few of each kind."""
        return [f"{kind}: {what}" for kind, tally in self.tallies.items() for what in tally.wrong[:20]]


def wrong(answer: Answer) -> str:
    """Which promise an answer breaks; nothing where it keeps them all."""
    if answer.status >= 500:
        return f"answered {answer.status}: {answer.body[:300]!r}"
    if answer.seconds > SECONDS:
        return f"took {answer.seconds:.1f} seconds"
    if answer.status < 400:
        return ""
    try:
        said = json.loads(answer.body)
    except ValueError:
        # What is no HTTP is refused by the server before it reaches us, in words of its own.
        return (
            ""
            if answer.status in {400, 413, 414, 431} and b"Traceback" not in answer.body
            else f"said {answer.body[:300]!r}"
        )
    return "" if sentence(said["detail"]) and said["code"] else f"said {answer.body[:300]!r}"


def sentence(text: str) -> bool:
    return len(text) > 10 and text[-1] in ".…"


def waged(registry: Registry, mutant_count: int, every: int = 1) -> Campaign:
    """The whole campaign: all archives, so many mutants, each `every`-th request; over when all jobs are."""
    campaign = Campaign(registry)
    ids = victims(campaign.admin)
    archives = [*hostile_archives(), *mutants(mutant_count)]
    campaign.run(
        lambda pair: pair[1].kind, enumerate(archives), lambda pair: campaign.upload(pair[1].data, f"1.0.{pair[0]}")
    )
    campaign.run(
        lambda attack: attack.kind,
        [attack for number, attack in enumerate(hostile_requests(ids)) if number % every == 0],
        lambda attack: campaign.ask(attack.method, attack.path, attack.body, dict(attack.headers)),
    )
    campaign.settle()
    return campaign


def victims(admin: Client) -> dict[str, str]:
    """Identifiers of what there is to be attacked."""
    package = admin.publish(model_package("attack/victim", "1.0.0"))
    body = {"username": "victim", "password": "a long enough passphrase"}
    user = admin.post("/user/register", json=body).json()["user_id"]
    job = admin.upload(model_package("attack/victim", "2.0.0")).json()["job_id"]
    return {"package_id": package, "user_id": user, "job_id": job}


LIMITS = {
    "REGISTRY_CALLS_PER_SECOND": "0",
    "REGISTRY_TOKEN_CALLS": "100000000",
    "REGISTRY_SIGN_IN_FAILURES": "1000000",
}


def main(mutant_count: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        registry = start_registry(Path(directory), **LIMITS)
        try:
            campaign = waged(registry, mutant_count)
            sys.stdout.write(campaign.table() + "\n")
            found = [*campaign.all_wrong(), *campaign.remains()]
        finally:
            stop_registry(registry)
    sys.stdout.write("\n".join([f"{len(found)} promises broken", *found]) + "\n")
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
