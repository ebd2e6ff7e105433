"""A storage that refuses, cuts off or never answers, once or until a client gives up, at every request of every story."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.standing import package, unique
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
