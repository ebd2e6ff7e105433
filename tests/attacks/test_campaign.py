"""A short campaign against a registry of its own; `make attack` wages a long one."""

from collections.abc import Iterator

import pytest

from tests.attacks.campaign import LIMITS, Campaign, waged
from tests.flows.conftest import start_registry, stop_registry

MUTANTS = 150
#: Of the thousands of requests every tenth; which ones changes with every field that is added.
EVERY = 10


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    registry = start_registry(tmp_path_factory.mktemp("attacked"), **LIMITS)
    yield waged(registry, MUTANTS, EVERY)
    stop_registry(registry)


def test_no_promise_is_broken(campaign: Campaign) -> None:
    print(campaign.table())  # noqa: T201 - for whoever looks: pytest -s
    assert campaign.all_wrong() == []
    assert campaign.tallies["framing"].accepted == campaign.tallies["writers"].refused == 0
    assert campaign.tallies["jobs"].accepted > campaign.tallies["writers"].accepted


def test_nothing_remains_of_what_was_refused(campaign: Campaign) -> None:
    assert campaign.remains() == []
