"""What tests of several rooms share: a whole registry, started once for each process of the run."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.flows.conftest import Registry, start_registry, stop_registry

# Playwright keeps an event loop in the thread of the tests; Django would refuse to use the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    running = start_registry(tmp_path_factory.mktemp("registry"), REGISTRY_CALLS_PER_SECOND="0")
    yield running
    stop_registry(running)


@pytest.fixture
def name() -> str:
    """A package name that no other test uses."""
    return f"flows/model-{uuid4().hex[:12]}"
