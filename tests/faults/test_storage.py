"""A storage that refuses, cuts off or never answers, once or until a client gives up, at every request of every story."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.standing import Standing, eventually, package, unique
from tests.faults.steps import Operation, Step, World, at_once
from tests.servers.s3_faults import Kind, Rule


@dataclass(frozen=True)
class StorageFault:
    """What happens to so many requests for the same, of which the storage's client makes three before it gives up."""

    step: Step
    kind: Kind
    times: int

    def __str__(self) -> str:
        return f"{self.step}: {self.kind} {self.times} times"


PASSING, LASTING = 1, 4
REQUESTS = (
    Step("upload", "the bytes go to the staging area", "PUT staging:{name}"),
    Step("upload", "the worker opens the bytes", "GET staging:{name}"),
    Step("upload", "the archive goes to its place", "COPY {folder}/package.zip"),
    Step("upload", "the weights go to theirs", "PUT {folder}/model.safetensors"),
    Step("upload", "the staging area is cleared", "DELETE staging:{name}"),
    Step("delete", "the first object goes", "DELETE {folder}/package.zip"),
)
FAULTS = [
    *(StorageFault(step, "refuse", LASTING) for step in REQUESTS),
    *(StorageFault(step, "cut", LASTING) for step in REQUESTS),
    *(StorageFault(step, "hang", LASTING) for step in REQUESTS),
    *(StorageFault(step, "cut", PASSING) for step in REQUESTS),
]


@pytest.mark.parametrize("world", ["impatient"], indirect=True)
def test_nothing_is_lost_or_left(world: World, tmp_path: Path) -> None:
    client = world.standing.client()
    operations = [Operation(world, fault.step, number, tmp_path) for number, fault in enumerate(FAULTS, 1)]
    for operation in operations:
        operation.prepare(client)
    world.storage.rules += [_rule(fault, operation) for fault, operation in zip(FAULTS, operations, strict=True)]
    at_once(operations, client)
    assert {operation.refusal for operation in operations} <= {"", "unavailable"}
    settled = {str(fault): each.settle(client) for fault, each in zip(FAULTS, operations, strict=True)}
    client.publish(package(unique("healthy")))
    world.standing.await_quiet()
    assert {fault: why for fault, why in settled.items() if why} == {}
    assert [rule.key for rule in world.storage.rules if rule.met == 0] == []
    assert world.standing.faults_of_jobs() == []
    world.storage.clear()
    assert world.standing.leftovers() == []


def _rule(fault: StorageFault, operation: Operation) -> Rule:
    verb, _, key = fault.step.held_by.format(name=operation.name, folder=operation.folder).partition(" ")
    return Rule(verb, key, fault.kind, fault.times)


@pytest.mark.parametrize("world", ["impatient"], indirect=True)
def test_doctor_finds_and_mends_what_was_done_to_the_storage(world: World) -> None:
    """As tests/registry_project/test_doctor.py does it for objects in a directory."""
    standing = world.standing
    name = unique("damaged")
    data = package(name)
    standing.client().publish(data)
    standing.await_quiet()
    folder = standing.objects / name / "1.0.0"
    (folder / "config.json").unlink()
    spoilt = bytearray((folder / "model.safetensors").read_bytes())
    spoilt[-1] ^= 1
    (folder / "model.safetensors").write_bytes(spoilt)
    orphan = standing.objects / unique("orphan") / "1.0.0" / "package.zip"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"bytes")
    os.utime(orphan, (0, 0))
    expected = {
        f"{name}/1.0.0/config.json": "it is gone",
        f"{name}/1.0.0/model.safetensors": "its bytes have another SHA-256 than when they were stored",
        orphan.relative_to(standing.objects).as_posix(): "no row names it",
    }
    eventually(lambda: _found(standing) == expected, "what the doctor should find", 30)
    assert _found(standing, "--repair") == expected
    eventually(lambda: _found(standing) == {}, "a sound storage", 30)
    assert standing.fault_of_package(standing.client(), name, hashlib.sha256(data).hexdigest()) == ""


def _found(standing: Standing, *options: str) -> dict[str, str]:
    """What the doctor says of objects, by their keys."""
    findings = json.loads(standing.doctor("--json", "--deep", *options))["findings"]
    return {found["subject"]: found["detail"] for found in findings if found["check"] == "objects"}
