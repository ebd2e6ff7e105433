"""Registries for faults: objects on a server that speaks S3, behind a proxy; the queue in the database or on SQS."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.standing import Standing
from tests.faults.steps import World
from tests.servers.aws import aws
from tests.servers.hub import running_hub
from tests.servers.s3 import s3_server
from tests.servers.s3_faults import s3_proxy

_MEMORY = Path("/dev/shm")
_QUEUE = "registry-tests-jobs"


@pytest.fixture(scope="module")
def quick_place() -> Iterator[Path]:
    """A directory in memory where there is plenty, for servers that really sync their files."""
    plenty = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 1024**3
    with tempfile.TemporaryDirectory(dir=_MEMORY if plenty else None, prefix="registry-tests-") as directory:
        yield Path(directory)


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, quick_place: Path) -> Iterator[World]:
    """A registry with more workers than there are steps. The parameter: `database` or `sqs` for where its queue is, or
    `impatient`, which gives a storage up that is silent for two seconds."""
    place = quick_place / request.param
    with ExitStack() as closed:
        storage = closed.enter_context(s3_server(place / "s3"))
        proxy = closed.enter_context(s3_proxy(storage.url))
        hub = closed.enter_context(running_hub())
        environment = storage.environment | {
            "AWS_S3_ENDPOINT_URL": proxy.url,
            "REGISTRY_S3_READ_SECONDS": "2" if request.param == "impatient" else "300",
            "HF_ENDPOINT": hub.url,
            "REGISTRY_OWN_HOSTS": hub.large_url.removeprefix("http://"),
            "REGISTRY_WORKERS": "14",
            "REGISTRY_WEB_THREADS": "12",
        }
        queue = None
        if request.param == "sqs":
            queue = closed.enter_context(aws())
            queue.queues[_QUEUE] = []
            environment = queue.environment | environment | {"REGISTRY_SQS_QUEUE": _QUEUE}
        standing = Standing(place / "data", environment, storage.objects)
        standing.start()
        closed.callback(standing.stop)
        yield World(standing, proxy, hub, queue)
