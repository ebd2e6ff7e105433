"""What surrounds fetching: whom the operator allows, what people read, and what is left behind."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from packages_app.models import Job
from packages_app.services.fetch import in_words, spool_of
from packages_app.services.sweep import sweep_leftovers
from packages_app.sources.allowed import allowed_hosts
from packages_app.sources.contract import Progress
from packages_app.sources.guard import Rules

PUBLIC = frozenset({"models.example", ".models.example"})


@pytest.mark.parametrize(
    ("endpoint", "own", "expected"),
    [
        ("https://models.example", [], Rules(PUBLIC)),
        (
            "https://models.example",
            ["Cache.lan", "10.0.0.7:8080"],
            Rules(PUBLIC, frozenset({"cache.lan", "10.0.0.7:8080"})),
        ),
        ("https://mirror.example", [], Rules(PUBLIC, frozenset({"mirror.example:443"}))),
        ("http://127.0.0.1:8081", ["a"], Rules(PUBLIC, frozenset({"127.0.0.1:8081", "a"}))),
    ],
)
def test_hosts_are_those_the_operator_allows(
    settings: Settings, endpoint: str, own: list[str], expected: Rules
) -> None:
    settings.PUBLIC_HOSTS, settings.HF_ENDPOINT, settings.OWN_HOSTS = list(PUBLIC), endpoint, own
    assert allowed_hosts() == expected


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(0, 1, 0, 0), ""),
        (Progress(1, 3, 0, 0), "1 of 3 files"),
        (Progress(0, 1, 5, 10), "0 of 1 files, 5 of 10 bytes"),
        (Progress(3, 12, 1_200_000_000, 4_500_000_000), "3 of 12 files, 1.2 of 4.5 GB"),
        (Progress(3, 12, 1_000, 4_500), "3 of 12 files, 1 of 4.5 kB"),
    ],
)
def test_progress_in_words(progress: Progress, expected: str) -> None:
    assert in_words(progress) == expected


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(0, 0, 0, 0), 0.0),
        (Progress(1, 4, 0, 0), 0.25),
        (Progress(0, 1, 5, 10), 0.5),
        (Progress(1, 1, 11, 10), 1.0),
    ],
)
def test_share_of_progress(progress: Progress, expected: float) -> None:
    assert progress.share == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "age", "stays"),
    [
        (Job.Status.RUNNING, 7200, True),
        (Job.Status.QUEUED, 7200, True),
        (Job.Status.UNAVAILABLE, 60, True),
        (Job.Status.UNAVAILABLE, 7200, False),
        (Job.Status.FAILED, 7200, False),
    ],
)
def test_spool_of_an_ingest_stays_while_it_may_be_of_use(
    settings: Settings, tmp_path: Path, status: Job.Status, age: int, stays: bool
) -> None:
    settings.SPOOL_DIR = tmp_path
    folder = spool_of(Job.objects.create(kind=Job.Kind.INGEST, status=status))
    (folder / "package.zip").touch()
    aged(folder, age)
    sweep_leftovers()
    assert folder.exists() == stays


@pytest.mark.django_db
def test_spool_of_nobody_goes(settings: Settings, tmp_path: Path) -> None:
    settings.SPOOL_DIR = tmp_path
    for name in ("upload", f"ingest-{uuid4()}", "ingest-nonsense"):
        (tmp_path / name).mkdir() if name.startswith("ingest") else (tmp_path / name).touch()
        aged(tmp_path / name, 7200)
    assert sweep_leftovers() == 3
    assert list(tmp_path.iterdir()) == []


def aged(path: Path, seconds: int) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))
