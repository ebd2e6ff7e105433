"""What tests of several rooms share: the database's triggers, and whole registries."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.flows.conftest import Registry, start_registry, stop_registry
from tests.servers.hub import Hub, running_hub
from tests.servers.npm_registry import NpmRegistry, running_npm_registry
from tests.servers.s3 import s3_server


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests that commit are cleaned up after by emptying every table, which the audit trail refuses elsewhere."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_not_emptied")
        cursor.execute("ALTER TABLE audit_links DISABLE TRIGGER audit_links_not_emptied")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    running = start_registry(tmp_path_factory.mktemp("registry"), REGISTRY_CALLS_PER_SECOND="0")
    yield running
    stop_registry(running)


@pytest.fixture(scope="session")
def s3_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """The same, with its objects on a server that speaks S3."""
    directory = tmp_path_factory.mktemp("s3")
    with s3_server(directory / "served") as server:
        running = start_registry(directory / "data", REGISTRY_CALLS_PER_SECOND="0", **server.environment)
        yield replace(running, objects=server.objects)
        stop_registry(running)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def npm() -> Iterator[NpmRegistry]:
    with running_npm_registry() as registry:
        yield registry


@pytest.fixture(scope="module")
def ingest_environment(hub: Hub, npm: NpmRegistry, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a registry and its commands find this machine's Hub and npm registry, and nothing else."""
    config = tmp_path_factory.mktemp("npm")
    return {
        "HF_ENDPOINT": hub.url,
        "REGISTRY_OWN_HOSTS": hub.large_url.removeprefix("http://"),
        "REGISTRY_CALLS_PER_SECOND": "0",
        "npm_config_registry": npm.url,
        "npm_config_userconfig": str(config / "user"),
        "npm_config_globalconfig": str(config / "global"),
        "npm_config_fetch_retries": "0",
    }


@pytest.fixture(scope="module")
def ingesting(ingest_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that ingests from those."""
    running = start_registry(tmp_path_factory.mktemp("registry"), **ingest_environment)
    yield running
    stop_registry(running)


@pytest.fixture
def name() -> str:
    """A package name that no other test uses."""
    return f"flows/model-{uuid4().hex[:12]}"
