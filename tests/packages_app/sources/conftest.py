from collections.abc import Iterator

import pytest

from packages_app.sources.guard import Rules
from packages_app.sources.huggingface import HuggingFace
from packages_app.sources.patience import Patience
from tests.servers.hub import Hub, running_hub
from tests.servers.npm_registry import NpmRegistry, running_npm_registry

SOON = Patience(attempts=3, first_wait=0.01, longest_wait=0.02)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def npm_registry() -> Iterator[NpmRegistry]:
    with running_npm_registry() as registry:
        yield registry


def hub_source(hub: Hub, *, token: str | None = None, most_bytes: int = 10**9, most_files: int = 1000) -> HuggingFace:
    """A source that knows this hub and its host of large files, and nobody else."""
    own = frozenset(url.removeprefix("http://") for url in (hub.url, hub.large_url))
    return HuggingFace(
        endpoint=hub.url,
        token=token,
        rules=Rules(frozenset(), own),
        most_files=most_files,
        most_bytes=most_bytes,
        patience=SOON,
    )
