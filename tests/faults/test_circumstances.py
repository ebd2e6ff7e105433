"""Workers that are stopped, killed again and again, or live by another clock; a full disk; a pooler that dies."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from tests.deploy.test_pgbouncer import PASSWORD, needs_pgbouncer, pooled  # noqa: F401 - a fixture
from tests.faults.standing import (
    QUICK,
    SECONDS,
    Standing,
    eventually,
    killed_worker_processes,
    package,
    unique,
)
from tests.flows.conftest import ROOT, Client

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


@pytest.fixture(scope="module")
def standing(quick_place: Path) -> Iterator[Standing]:
    """A registry with everything embedded, whose jobs get three attempts."""
    begun = Standing(
        quick_place / "data", {"REGISTRY_WORKERS": "2", "REGISTRY_JOB_ATTEMPTS": "3"}, quick_place / "data" / "objects"
    )
    begun.start()
    yield begun
    begun.stop()


def sums_up(standing: Standing, client: Client, data: dict[str, bytes]) -> list[str]:
    """What is wrong with the registry after all these were published."""
    standing.await_quiet()
    faults = [standing.fault_of_package(client, name, hashlib.sha256(sent).hexdigest()) for name, sent in data.items()]
    return [fault for fault in faults if fault] + standing.faults_of_jobs() + standing.leftovers()


def accepted(client: Client, data: bytes) -> str:
    """The job of an upload."""
    answer = client.upload(data)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_id"])


@contextlib.contextmanager
def second_worker(standing: Standing, **environment: str) -> Iterator[None]:
    """Workers of another host, as far as the registry can tell, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "worker"],
        cwd=ROOT,
        env=os.environ | QUICK | standing.own_place() | environment,
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_idle_workers_that_are_killed_take_nothing_along(standing: Standing) -> None:
    client = standing.client()
    name = unique("idle")
    for _ in range(2):
        assert len(killed_worker_processes(standing)) >= 2
        time.sleep(0.5)
    data = {name: package(name)}
    client.publish(data[name])
    assert sums_up(standing, client, data) == []


def test_tasks_that_a_killed_worker_had_taken_ahead_are_done(standing: Standing) -> None:
    client = standing.client()
    data = {name: package(name) for name in (unique("ahead") for _ in range(8))}
    jobs = [accepted(client, sent) for sent in data.values()]
    standing.kill("worker")
    assert [client.job(job, seconds=SECONDS)["status"] for job in jobs] == ["succeeded"] * len(jobs)
    assert sums_up(standing, client, data) == []


def names(label: str, count: int) -> list[str]:
    return [unique(label) for _ in range(count)]


#: What is under way counts too: it may end within a transaction that nobody ends.
WITHIN_TRANSACTIONS = """
SELECT 1 FROM pg_stat_activity
WHERE state <> 'idle' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def suspended_outside_transactions(standing: Standing, queue_more: Callable[[], object]) -> list[psutil.Process]:
    """The workers, stopped with a job at hand, where they hold no lock: PostgreSQL would free that only after a minute."""
    family: list[psutil.Process] = []

    def stopped() -> bool:
        queue_more()
        head = standing.head("worker")
        family[:] = [head, *head.children(recursive=True)]
        each(family, psutil.Process.suspend)
        if not standing.ask(WITHIN_TRANSACTIONS) and standing.ask("SELECT 1 FROM jobs WHERE status = 'running'"):
            return True
        each(family, psutil.Process.resume)
        return False

    eventually(stopped, "a moment between transactions", 60)
    return family


def each(family: list[psutil.Process], act: Callable[[psutil.Process], object]) -> None:
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # some last only for a task
            act(process)


def test_job_that_outlives_its_lease_takes_effect_once(standing: Standing) -> None:
    """Its workers are stopped, as a machine that is put to sleep is, and go on after others have done their work."""
    client = standing.client()
    data: dict[str, bytes] = {}
    jobs = []

    def queue_more() -> None:
        for name in names("asleep", 4):
            data[name] = package(name, padding=1_000_000 + len(data))
            jobs.append(accepted(client, data[name]))

    family = suspended_outside_transactions(standing, queue_more)
    try:
        with second_worker(standing):
            assert [client.job(job, seconds=SECONDS)["status"] for job in jobs] == ["succeeded"] * len(jobs)
    finally:
        each(family, psutil.Process.resume)
    assert sums_up(standing, client, data) == []


WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%package_files%'"


@contextlib.contextmanager
def held_worker(standing: Standing, client: Client, data: bytes) -> Iterator[str]:
    """The job of an upload that comes as far as its last transaction and no further."""
    with standing.database() as connection:
        connection.autocommit = False
        connection.execute(b"LOCK TABLE package_files IN SHARE MODE")
        yield accepted(client, data)
        connection.rollback()


def test_job_that_kills_whoever_takes_it_ends_and_others_go_on(standing: Standing) -> None:
    client = standing.client()
    poison = unique("poison")
    fatal = package(poison)
    with held_worker(standing, client, fatal) as job:
        kills = 0
        for attempt in (1, 2, 3):
            eventually(lambda: standing.ask(WAITING), "a worker that takes it")
            assert standing.ask("SELECT attempts FROM jobs WHERE id = %s", job) == [(attempt,)]
            kills += bool(killed_worker_processes(standing))
            eventually(lambda: not standing.ask(WAITING), "an end of its statement")
        state = client.job(job, seconds=SECONDS)
    assert (state["status"], state["error"]["code"], kills) == ("failed", "worker_died", 3)
    name = unique("healthy")
    data = {name: package(name)}
    client.publish(data[name])
    advised = standing.doctor("--repair")
    assert f"jobs: {job}: The worker died 3 times" in advised
    assert client.job(job, seconds=SECONDS)["status"] == "succeeded"  # nobody kills it now
    standing.retried.add(job)
    assert sums_up(standing, client, data | {poison: fatal}) == []


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime isn't installed (Debian: faketime)")
def test_workers_whose_clocks_are_wrong_by_an_hour(standing: Standing) -> None:
    client = standing.client()
    data = {name: package(name) for name in (unique("clock") for _ in range(6))}
    clock = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    ahead, behind = (second_worker(standing, **clock, FAKETIME=offset) for offset in ("+1h", "-1h"))
    with ahead, behind:
        jobs = [accepted(client, sent) for sent in data.values()]
        assert [client.job(job, seconds=SECONDS)["status"] for job in jobs] == ["succeeded"] * len(jobs)
    assert sums_up(standing, client, data) == []


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database of the tests' server."""
    server = settings.DATABASES["default"]
    name = f"faults_{uuid4().hex[:12]}"
    reach = {"host": server["HOST"], "port": server["PORT"], "user": server["USER"], "dbname": "postgres"}
    with psycopg.connect(**reach, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"postgresql://{server['USER']}@/{name}?host={server['HOST']}&port={server['PORT']}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting a small disk takes root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_full_disk_refuses_and_loses_nothing(small_disk: Path, database: str) -> None:
    standing = Standing(small_disk, {"DATABASE_URL": database, "REGISTRY_WORKERS": "1"}, small_disk / "objects")
    standing.address = database
    standing.start()
    try:
        client = standing.client()
        too_large = client.upload(package(unique("large"), padding=8_000_000))
        assert (too_large.status_code, too_large.json()["code"]) == (507, "no_room")
        assert list((small_disk / "spool").iterdir()) == []

        name = unique("waiting")
        data = {name: package(name, padding=1_000_000)}
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            file.write(b"x" * (shutil.disk_usage(small_disk).free - 2 * len(data[name]) + 2_000_000))
        job = accepted(client, data[name])
        eventually(lambda: client.get(f"/job/{job}").json()["stage"] == "waiting to try again", "a job without room")
        filler.unlink()
        assert client.job(job, seconds=SECONDS)["status"] == "succeeded"
        assert sums_up(standing, client, data) == []
    finally:
        standing.stop()


@needs_pgbouncer
def test_registry_behind_a_pooler_that_dies(pooled: str, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    standing = Standing(
        tmp_path,
        {"DATABASE_URL": f"{pooled}?sslmode=require", "PGPASSWORD": PASSWORD, "REGISTRY_WORKERS": "2"},
        tmp_path / "objects",
    )
    standing.address = make_conninfo(pooled, password=PASSWORD, sslmode="require")
    standing.start()
    try:
        client = standing.client()
        data = {name: package(name) for name in (unique("pooled") for _ in range(4))}
        jobs = [accepted(client, sent) for sent in data.values()]
        standing.kill("worker")
        assert [client.job(job, seconds=SECONDS)["status"] for job in jobs] == ["succeeded"] * len(jobs)
        assert sums_up(standing, client, data) == []
    finally:
        standing.stop()
