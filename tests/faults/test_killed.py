"""Every part of a registry killed while an upload, an ingest and a delete stand at each of their steps, all at once.

What was acknowledged is there once, with its bytes; what wasn't can be asked for again; nothing is left over; each job ends
once; and whoever comes afterwards is served.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.standing import Part, package, unique
from tests.faults.steps import SENDING, STEPS, Operation, Step, World, held


@pytest.mark.parametrize("part", ["worker", "web", "postgres", "supervisor"])
@pytest.mark.parametrize("world", ["database"], indirect=True)
def test_nothing_is_lost_or_doubled(world: World, part: Part, tmp_path: Path) -> None:
    attack(world, part, STEPS, tmp_path)


@pytest.mark.parametrize("part", ["worker", "web"])
@pytest.mark.parametrize("world", ["sqs"], indirect=True)
def test_nothing_is_lost_or_doubled_with_the_queue_on_sqs(world: World, part: Part, tmp_path: Path) -> None:
    attack(world, part, [SENDING, *STEPS], tmp_path)


def attack(world: World, part: Part, steps: Sequence[Step], tmp_path: Path) -> None:
    """Kill the part while each of the steps is being taken, and compare."""
    operations = [Operation(world, step, number, tmp_path) for number, step in enumerate(steps, 1)]
    client = world.standing.client()
    for operation in operations:
        operation.prepare(client)
    with held(operations, client):
        world.standing.kill(part)
    client = world.standing.client()
    faults = {str(operation.step): operation.settle(client) for operation in operations}
    client.publish(package(unique("healthy")))
    world.standing.await_quiet()
    assert {step: fault for step, fault in faults.items() if fault} == {}
    assert world.standing.faults_of_jobs() == []
    assert world.standing.leftovers() == []
