"""A policy over HTTP: it comes with the upload, decides over downloads, and leaves rows and no processes."""

from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from registry_project.stack.postgres import socket_directory
from tests.factories.archives import model_package
from tests.factories.policies import ENDLESS, SAME_ORGANISATION
from tests.flows.conftest import Client, Registry, start_registry, stop_registry

PASSPHRASE = "a long enough passphrase"


def person(registry: Registry, username: str, *permissions: str) -> Client:
    body = {"username": username, "password": PASSPHRASE, "permissions": list(permissions)}
    answer = registry.admin.post("/user/register", json=body)
    assert answer.status_code == 201, answer.text
    return registry.sign_in(username, PASSPHRASE)


@pytest.fixture
def organisation() -> str:
    return f"org-{uuid4().hex[:12]}"


def publish(uploader: Client, name: str, policy: str) -> str:
    """Upload a package with a policy and wait; the package's id."""
    files = {"file": ("package.zip", model_package(name, "1.0.0")), "js_policy": ("policy.js", policy)}
    answer = uploader.post("/package", files=files)
    assert answer.status_code == 200, answer.text
    assert uploader.job(answer.json()["job_id"])["status"] == "succeeded"
    return str(answer.json()["package_id"])


def verdicts(registry: Registry, package_id: str) -> list[tuple[str, str, str]]:
    """Downloader, code and the download's outcome, oldest first, as the audit has them."""
    host = str(socket_directory(registry.data_dir))
    statement = (
        "SELECT v.downloader, v.code, d.outcome FROM policy_verdicts v JOIN download_history d ON d.id = v.download_id "
        "WHERE v.package_id = %s AND v.lockdown ->> 'seccomp' = 'held' ORDER BY v.id"
    )
    with psycopg.connect(host=host, port=5432, dbname="registry", user="registry") as connection:
        return connection.execute(statement, [package_id]).fetchall()


@pytest.mark.parametrize("stored", ["registry", "s3_registry"])
def test_policy_decides_over_downloads(
    request: pytest.FixtureRequest, stored: str, name: str, organisation: str
) -> None:
    registry: Registry = request.getfixturevalue(stored)
    uploader = person(registry, f"{organisation}.ann", "upload", "download", "search")
    colleague = person(registry, f"{organisation}.bob", "download")
    stranger = person(registry, f"other-{organisation}.eve", "download")
    package_id = publish(uploader, name, SAME_ORGANISATION)

    handed = colleague.get(f"/package/{package_id}")
    assert handed.status_code == 200
    assert httpx.get(handed.json()["url"]).status_code == 200
    assert colleague.get(f"/package/{package_id}/weights").status_code == 200
    for path in (f"/package/{package_id}", f"/package/{package_id}/weights"):
        refused = stranger.get(path)
        assert (refused.status_code, refused.json()) == (
            403,
            {"detail": f"{name} is for {organisation} alone.", "code": "policy_rejected"},
        )
    assert registry.admin.get(f"/package/{package_id}").json()["code"] == "policy_rejected"
    bob, eve = f"{organisation}.bob", f"other-{organisation}.eve"
    assert verdicts(registry, package_id) == [
        (bob, "approved", "approved"),
        (bob, "approved", "approved"),
        (eve, "rejected", "refused"),
        (eve, "rejected", "refused"),
        ("admin", "rejected", "refused"),
    ]
    assert uploader.get(f"/package/{package_id}/metadata").json()["downloads"] == 2

    tried = uploader.post(f"/package/{package_id}/policy/try", json={"history": True}).json()
    assert (tried["approved"], tried["history"]["refused"], tried["history"]["considered"]) == (True, 3, 5)
    locked = "function validateDownload() { return {approved: false, reason: 'Locked.'}; }"
    made_up = {"source": locked, "downloader": "somebody", "history": True}
    tried = uploader.post(f"/package/{package_id}/policy/try", json=made_up).json()
    assert (tried["code"], tried["reason"], tried["history"]["refused"]) == ("rejected", "Locked.", 5)

    stored_policy = list(registry.objects.rglob(f"{name.split('/')[1]}/1.0.0/js_policy.js"))
    assert [path.read_text() for path in stored_policy] == [SAME_ORGANISATION]
    assert uploader.put(f"/package/{package_id}/policy", json={"source": locked}).status_code == 200
    assert colleague.get(f"/package/{package_id}").json()["detail"] == "Locked."
    assert stored_policy[0].read_text() == locked

    assert uploader.delete(f"/package/{package_id}/policy").status_code == 204
    assert not stored_policy[0].exists()
    assert registry.admin.get(f"/package/{package_id}").status_code == 200
    assert colleague.get(f"/package/{package_id}").status_code == 403
    assert registry.admin.delete(f"/package/{package_id}").status_code == 200
    assert verdicts(registry, package_id) == []


def test_policy_that_never_ends_is_refused_and_suspended(registry: Registry, name: str) -> None:
    uploader = registry.user("upload", "download")
    package_id = publish(uploader, name, ENDLESS)
    details = [uploader.get(f"/package/{package_id}").json()["detail"] for _ in range(3)]
    assert ["took too long; make it do less" in detail for detail in details] == [True, True, False]
    assert "is suspended" in details[2]
    assert [code for _, code, _ in verdicts(registry, package_id)] == []  # its process could report no layer
    assert uploader.get(f"/package/{package_id}/policy").json()["suspended"]["since"]


def test_upload_with_a_policy_that_can_not_work_is_refused(registry: Registry, name: str) -> None:
    files = {"file": ("package.zip", model_package(name, "1.0.0")), "js_policy": ("policy.js", "function (")}
    answer = registry.admin.post("/package", files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "syntax_error")
    registry.admin.publish(model_package(name, "1.0.0"))


def test_no_process_of_a_policy_outlives_the_registry(tmp_path: Path) -> None:
    registry = start_registry(tmp_path, REGISTRY_CALLS_PER_SECOND="0")
    try:
        package_id = publish(registry.admin, "flows/short", ENDLESS.replace("for (;;);", "return {approved: true};"))
        assert registry.admin.get(f"/package/{package_id}").status_code == 200
        assert policy_processes(tmp_path) > 0
    finally:
        stop_registry(registry)
    assert policy_processes(tmp_path) == 0


def policy_processes(data_dir: Path) -> int:
    """How many processes run a policy, or wait for one, with the engine under `data_dir`."""
    commands = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(entry.read_bytes())
        except OSError:
            continue  # it ended while we looked
    return sum(b"worker.py" in command and str(data_dir).encode() in command for command in commands)
