from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from packages_app.domain.verdicts import LAYERS
from packages_app.sandbox import host
from packages_app.sandbox.settings import SandboxSettings


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("engine")
    directory.chmod(0o700)
    return directory


@pytest.fixture(scope="session")
def settings(cache_dir: Path) -> Iterator[SandboxSettings]:
    """Warm, with a deadline that only what never ends can miss."""
    yield SandboxSettings(cache_dir=cache_dir, deadline_seconds=4.0, queue_seconds=8.0)
    host.close()


@pytest.fixture(scope="session")
def hurried(settings: SandboxSettings) -> SandboxSettings:
    """With a deadline that is soon over, for what is known to miss it."""
    return replace(settings, deadline_seconds=0.2)


@pytest.fixture(scope="session")
def cold(settings: SandboxSettings) -> SandboxSettings:
    """A new process for every decision."""
    return replace(settings, warm=False)


@pytest.fixture(scope="session")
def locked(settings: SandboxSettings) -> SandboxSettings:
    return replace(settings, required_lockdown=frozenset(LAYERS))
