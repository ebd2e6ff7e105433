import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from registry_project.watching.numbers import JOBS, NUMBERS, OLDEST_QUEUED, PACKAGES, STORED_BYTES
from registry_project.watching.standing import readings
from registry_project.watching.telling import tell_cloudwatch
from registry_project.watching.watch import Watch
from tests.factories.packages import JobFactory, PackageFactory

pytestmark = pytest.mark.django_db


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(json.loads(record.getMessage()))


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is written for CloudWatch."""
    handler, logger = Lines(), logging.getLogger("cloudwatch")
    logger.addHandler(handler)
    yield handler.told
    logger.removeHandler(handler)


def test_every_gauge_is_read_with_every_value_of_its_labels(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PackageFactory.create(kind="model", size_bytes=300)
    PackageFactory.create(kind="model", size_bytes=200)
    PackageFactory.create(kind="npm", size_bytes=7, status="pending")
    JobFactory.create(status="running")
    JobFactory.create(status="failed")
    with django_assert_num_queries(2):
        found = {(reading.number.name, *reading.labels.values()): reading.value for reading in readings()}
    assert found == {
        (JOBS.name, "queued"): 0,
        (JOBS.name, "running"): 1,
        (OLDEST_QUEUED.name,): 0,
        (PACKAGES.name, "model"): 2,
        (PACKAGES.name, "npm"): 0,
        (STORED_BYTES.name, "model"): 500,
        (STORED_BYTES.name, "npm"): 0,
    }
    assert {number.name for number in NUMBERS if number.kind == "gauge"} == {name for name, *_ in found}


def test_cloudwatch_is_told_once_a_minute(settings: Settings, lines: list[dict[str, Any]]) -> None:
    settings.CLOUDWATCH_NAMESPACE = "Registry/x"
    watch = Watch()
    watch.keep()
    told = len(lines)
    watch.keep()
    assert (told, len(lines)) == (7, 7)


def test_nobody_is_told_where_nobody_listens(
    lines: list[dict[str, Any]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):  # what is older than a day goes all the same
        Watch().keep()
    tell_cloudwatch(OLDEST_QUEUED, 1)
    assert lines == []
