"""What must hold when many ask at once, and when a worker dies in the middle."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.factories.archives import model_package, zipped
from tests.faults.standing import is_worker
from tests.flows.conftest import Client, Registry, start_registry, stop_registry


def test_one_of_forty_uploads_of_a_version_wins(registry: Registry, name: str) -> None:
    uploader = registry.user("upload", "search")
    packages = [model_package(name, "1.0.0", words=f"Attempt {number}.") for number in range(40)]

    def upload(package: bytes) -> int:
        with httpx.Client(base_url=registry.url, timeout=60) as http:
            return Client(http, uploader.token).upload(package).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(upload, packages))
    assert sorted(statuses) == [200] + [409] * 39
    found = uploader.post("/packages", json={"name": name}).json()
    while not found["packages"]:
        time.sleep(0.05)
        found = uploader.post("/packages", json={"name": name}).json()
    assert found["total"] == 1
    assert not list((registry.data_dir / "spool").glob("*"))


def test_ten_of_two_hundred_calls_succeed_on_the_last_ten(registry: Registry) -> None:
    user = registry.user("search")
    for _ in range(990):
        user.get("/user/me")

    def call(_: int) -> tuple[int, str]:
        answer = httpx.get(f"{registry.url}/user/me", headers={"X-Auth-Token": user.token})
        return answer.status_code, answer.json().get("code", "")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(200)))
    assert answers.count((200, "")) == 10
    assert answers.count((401, "token_spent")) == 190


@pytest.fixture
def busy_registry(tmp_path: Path) -> Any:
    """A registry of its own whose workers may be killed; leases are short."""
    running = start_registry(tmp_path / "data", REGISTRY_JOB_LEASE_SECONDS="2", REGISTRY_WORKERS="1")
    yield running
    stop_registry(running)


def test_killed_worker_s_job_finishes_once(busy_registry: Registry) -> None:
    registry = busy_registry
    admin = registry.admin
    package = zipped(
        {"config.json": '{"name": "big", "version": "1.0.0"}', "model.bin": bytes(300_000_000)}, compression=0
    )
    accepted = admin.upload(package).json()
    while admin.get(f"/job/{accepted['job_id']}").json()["status"] == "queued":
        time.sleep(0.01)
    kill_workers(registry)
    job = admin.job(accepted["job_id"], seconds=60)
    assert (job["status"], job["attempts"] > 1) == ("succeeded", True)
    metadata = admin.get(f"/package/{accepted['package_id']}/metadata").json()
    assert len(metadata["files"]) == 2
    assert len(list((registry.data_dir / "objects").rglob("package.zip"))) == 1
    assert not list((registry.data_dir / "objects" / "staging").glob("*"))


def kill_workers(registry: Registry) -> None:
    """Kill the processes that carry jobs, as the kernel does when memory runs out."""
    (head,) = [part for part in psutil.Process(registry.process.pid).children() if is_worker(part)]
    os.kill(head.pid, signal.SIGKILL)
