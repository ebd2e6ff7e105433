"""Large files in parts, over HTTP, on either storage: through the API itself and through the commands."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.factories.archives import LICENSE, card, safetensors, zipped
from tests.flows.conftest import ADMIN_PASSWORD, ROOT, Client, Registry

PART = 5 * 1024 * 1024


@pytest.fixture(scope="module", params=["local", "s3"])
def stored_registry(request: pytest.FixtureRequest) -> Registry:
    """The registry on either kind of storage."""
    registry: Registry = request.getfixturevalue("registry" if request.param == "local" else "s3_registry")
    return registry


def big_package(name: str, version: str = "1.0.0") -> bytes:
    """Two parts and a bit, no two alike."""
    config = f'{{"name": "{name}", "version": "{version}", "model_type": "bert"}}'
    files = {"config.json": config, "README.md": card(name, license="mit"), "LICENSE": LICENSE}
    return zipped(files | {"model.safetensors": safetensors(), "tokens.txt": os.urandom(PART).hex()}, compression=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def begin(client: Client, data: bytes, *, hashed: bool = True, **more: Any) -> httpx.Response:
    hashes = [sha256(data[at : at + PART]) for at in range(0, len(data), PART)]
    declared = {"sha256": sha256(data), "part_sha256s": hashes} if hashed else {}
    return client.post("/uploads", json={"size_bytes": len(data), "part_bytes": PART} | declared | more)


def put(part: dict[str, Any], data: bytes) -> httpx.Response:
    chunk = data[part["offset"] : part["offset"] + part["size_bytes"]]
    return httpx.put(part["url"], content=chunk, headers=part["headers"], timeout=60)


def send_all(upload: dict[str, Any], data: bytes) -> dict[str, Any]:
    """All parts at once; what to give back for them."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda part: put(part, data), upload["parts"]))
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    parts = zip(upload["parts"], answers, strict=True)
    return {"parts": [{"number": part["number"], "etag": answer.headers["ETag"]} for part, answer in parts]}


@pytest.mark.parametrize("hashed", [True, False])
def test_parts_sent_at_once_become_a_package(stored_registry: Registry, name: str, *, hashed: bool) -> None:
    uploader, reader = stored_registry.user("upload"), stored_registry.user("search", "download")
    data = big_package(name)
    begun = begin(uploader, data, hashed=hashed)
    assert begun.status_code == 201, begun.text
    upload = begun.json()
    assert [(part["offset"], part["size_bytes"], part["is_held"]) for part in upload["parts"]] == [
        (0, PART, False), (PART, PART, False), (2 * PART, len(data) - 2 * PART, False),
    ]  # fmt: skip
    got_back = send_all(upload, data)
    state = uploader.get(f"/uploads/{upload['upload_id']}").json()
    assert [(part["is_held"], part["url"]) for part in state["parts"]] == [(True, None)] * 3

    completed = uploader.post(f"/uploads/{upload['upload_id']}/complete", json=got_back)
    assert completed.status_code == 200, completed.text
    assert set(completed.json()) == {"message", "job_id", "package_id"}
    assert uploader.post(f"/uploads/{upload['upload_id']}/complete", json={}).json() == completed.json()
    job = uploader.job(completed.json()["job_id"])
    assert job["status"] == "succeeded", job

    metadata = reader.get(f"/package/{job['package_id']}/metadata").json()
    assert (metadata["name"], metadata["sha256"], metadata["size_bytes"]) == (name, sha256(data), len(data))
    handed = reader.get(f"/package/{job['package_id']}").json()
    assert httpx.get(handed["url"]).content == data
    assert not list((stored_registry.objects / "staging").glob("*"))


def test_upload_that_was_cut_goes_on_with_what_is_held(stored_registry: Registry, name: str) -> None:
    uploader = stored_registry.user("upload")
    data = big_package(name)
    upload = begin(uploader, data).json()
    put(upload["parts"][0], data)
    refused = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "parts_missing")

    again = begin(uploader, data).json()
    assert (again["upload_id"], [part["is_held"] for part in again["parts"]]) == (
        upload["upload_id"],
        [True, False, False],
    )
    for part in again["parts"][1:]:
        put(part, data)
    answer = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert uploader.job(answer.json()["job_id"])["status"] == "succeeded"


def test_part_of_another_length_or_place_is_refused(stored_registry: Registry, name: str) -> None:
    uploader = stored_registry.user("upload")
    data = big_package(name)
    first, second, _ = begin(uploader, data).json()["parts"]
    wrong = [
        httpx.put(first["url"], content=data[: PART - 1], headers=first["headers"]),
        httpx.put(first["url"], content=data[: PART + 1], headers=first["headers"]),
        httpx.put(
            first["url"].replace("parts/1", "parts/2").replace("Number=1", "Number=2"), content=data[PART : 2 * PART]
        ),
        httpx.put(second["url"][:-1] + ("0" if second["url"][-1] != "0" else "1"), content=data[PART : 2 * PART]),
    ]
    assert {answer.status_code for answer in wrong} <= {400, 403}
    assert [part["is_held"] for part in begin(uploader, data).json()["parts"]] == [False, False, False]


def test_part_of_another_hash_is_refused_where_it_arrives(registry: Registry, name: str) -> None:
    """S3 refuses it by the checksum that is signed with the URL; the server of the tests passes that over."""
    uploader = registry.user("upload")
    data = big_package(name)
    part = begin(uploader, data).json()["parts"][0]
    refused = httpx.put(part["url"], content=data[1 : PART + 1])
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_hash")
    assert httpx.put(part["url"], content=data[:PART]).headers["ETag"] == f'"{sha256(data[:PART])}"'


def test_checksum_is_signed_with_the_url_on_s3(s3_registry: Registry, name: str) -> None:
    part = begin(s3_registry.user("upload"), big_package(name)).json()["parts"][0]
    assert list(part["headers"]) == ["x-amz-checksum-sha256"]
    signed = httpx.URL(part["url"]).params["X-Amz-SignedHeaders"].split(";")
    assert signed == ["content-length", "host", "x-amz-checksum-sha256"]


def test_wrong_whole_hash_fails_the_job_and_frees_the_name(stored_registry: Registry, name: str) -> None:
    uploader = stored_registry.user("upload")
    data = big_package(name)
    upload = begin(uploader, data, hashed=False, sha256="0" * 64).json()
    send_all(upload, data)
    answer = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    job = uploader.job(answer.json()["job_id"])
    assert (job["status"], job["error"]["code"], job["package_id"]) == ("failed", "wrong_hash", None)
    assert begin(uploader, data, name=name, version="1.0.0").status_code == 201


def test_taken_name_is_told_before_and_after_the_bytes(stored_registry: Registry, name: str) -> None:
    uploader = stored_registry.user("upload")
    data = big_package(name)
    uploader.publish(zipped({"config.json": f'{{"name": "{name}", "version": "1.0.0"}}'}))
    assert begin(uploader, data, name=name, version="1.0.0").json()["code"] == "name_taken"
    upload = begin(uploader, data).json()
    send_all(upload, data)
    taken = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    again = begin(uploader, data, version="1.0.1").json()
    assert (again["upload_id"], again["status"]) == (upload["upload_id"], "whole")
    answer = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert uploader.job(answer.json()["job_id"])["version"] == "1.0.1"


def test_what_is_no_archive_is_refused_at_completion(stored_registry: Registry) -> None:
    uploader = stored_registry.user("upload")
    data = os.urandom(1000)
    upload = begin(uploader, data).json()
    send_all(upload, data)
    refused = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_archive")
    assert uploader.get(f"/uploads/{upload['upload_id']}").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/complete")])
def test_uploads_of_others_do_not_exist(stored_registry: Registry, name: str, method: str, path: str) -> None:
    upload = begin(stored_registry.user("upload"), big_package(name)).json()
    for other in (stored_registry.user("upload"), stored_registry.admin):
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        refused = other.request(method, f"/uploads/{upload['upload_id']}{path}", **body)
        assert (refused.status_code, refused.json()["code"]) == (404, "upload_not_found")


def test_uploading_needs_the_permission(stored_registry: Registry, name: str) -> None:
    reader = stored_registry.user("search", "download")
    assert begin(reader, big_package(name)).status_code == 403
    assert reader.get(f"/uploads/{uuid4()}").status_code == 403


def test_given_up_upload_takes_no_more_parts(stored_registry: Registry, name: str) -> None:
    uploader = stored_registry.user("upload")
    data = big_package(name)
    upload = begin(uploader, data).json()
    put(upload["parts"][0], data)
    assert uploader.delete(f"/uploads/{upload['upload_id']}").status_code == 204
    assert put(upload["parts"][1], data).status_code == 404
    assert uploader.get(f"/uploads/{upload['upload_id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "size_bytes"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": 10**30}, "size_bytes"),
        ({"size_bytes": 1, "part_bytes": 1}, "part_bytes"),
        ({"size_bytes": 1, "sha256": "xyz"}, "sha256"),
        ({"size_bytes": 1, "part_sha256s": ["0" * 64] * 2}, "part_sha256s"),
        ({"size_bytes": 1, "name": "no good!"}, "name"),
        ({"size_bytes": 1, "nmae": "typo"}, "nmae"),
    ],
)
def test_bad_beginnings_name_the_field(registry: Registry, body: dict[str, Any], field: str) -> None:
    refused = registry.user("upload").post("/uploads", json=body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])


def test_bad_hash_says_how_one_is_written(registry: Registry) -> None:
    refused = registry.user("upload").post("/uploads", json={"size_bytes": 1, "sha256": "A" * 64})
    assert refused.json()["errors"]["sha256"] == [
        "A SHA-256 has 64 hexadecimal digits, in lower case, as sha256sum prints them."
    ]


def test_too_large_a_file_is_refused_before_any_byte(registry: Registry) -> None:
    refused = registry.user("upload").post("/uploads", json={"size_bytes": 10**15})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


# Connections that are cut ---------------------------------------------------------------------------------------------


def half_sent(part: dict[str, Any], data: bytes) -> socket.socket:
    """A connection that has sent half of the part and goes on no further."""
    url = httpx.URL(part["url"])
    connection = socket.create_connection((url.host, url.port or 80), 10)
    head = f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {part['size_bytes']}\r\n\r\n"
    connection.sendall(head.encode() + data[part["offset"] : part["offset"] + part["size_bytes"] // 2])
    return connection


def test_part_that_was_cut_is_not_held_and_can_be_sent_again(registry: Registry, name: str) -> None:
    uploader = registry.user("upload")
    data = big_package(name)
    upload = begin(uploader, data).json()
    half_sent(upload["parts"][0], data).close()
    assert [part["is_held"] for part in begin(uploader, data).json()["parts"]] == [False, False, False]
    send_all(upload, data)
    answer = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert uploader.job(answer.json()["job_id"])["status"] == "succeeded"


def test_sender_that_came_back_need_not_wait_for_its_dead_connection(registry: Registry, name: str) -> None:
    uploader = registry.user("upload")
    data = big_package(name)
    upload = begin(uploader, data).json()
    first = upload["parts"][0]
    with half_sent(first, bytes(PART)) as dead:
        time.sleep(0.5)
        send_all(upload, data)
        dead.sendall(bytes(first["size_bytes"] - first["size_bytes"] // 2))
        assert b" 409 " in dead.recv(1000).split(b"\r\n")[0]
    answer = uploader.post(f"/uploads/{upload['upload_id']}/complete", json={})
    assert uploader.job(answer.json()["job_id"])["status"] == "succeeded"


# The commands ---------------------------------------------------------------------------------------------------------


def command(registry: Registry, *arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py` against the registry, as its administrator, with a data directory of its own."""
    outside = {"REGISTRY_URL": registry.url, "REGISTRY_PASSWORD": ADMIN_PASSWORD, "REGISTRY_USERNAME": "admin"}
    own = {"REGISTRY_DATA_DIR": str(registry.data_dir / "outside"), "PROMETHEUS_MULTIPROC_DIR": str(registry.data_dir)}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT, env=os.environ | outside | own | environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_commands_send_and_fetch_a_file(stored_registry: Registry, name: str, tmp_path: Path) -> None:
    sent, fetched = tmp_path / "sent.zip", tmp_path / "fetched.zip"
    sent.write_bytes(big_package(name))
    uploaded = command(
        stored_registry, "upload", sent, "--part-bytes", str(PART), "--at-once", "2", "--version", "3.0.0"
    )
    assert uploaded.returncode == 0, uploaded.stderr
    assert f"{name} 3.0.0 is published as " in uploaded.stdout
    downloaded = command(stored_registry, "download", f"{name}@3.0.0", "-o", fetched)
    assert downloaded.returncode == 0, downloaded.stderr
    assert fetched.read_bytes() == sent.read_bytes()
    assert "100%" in downloaded.stderr


def test_directory_is_sent_and_its_weights_fetched(stored_registry: Registry, name: str, tmp_path: Path) -> None:
    model = tmp_path / "model"
    (model / "deep").mkdir(parents=True)
    (model / "config.json").write_text(f'{{"name": "{name}", "version": "1.0.0"}}')
    (model / "model.safetensors").write_bytes(safetensors(2))
    (model / "deep" / "other.safetensors").write_bytes(safetensors(3))
    uploaded = command(stored_registry, "upload", model)
    assert uploaded.returncode == 0, uploaded.stderr
    assert command(stored_registry, "download", name, "--weights", "-o", tmp_path / "weights").returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "weights").iterdir()} == {
        "model.safetensors": safetensors(2), "other.safetensors": safetensors(3),
    }  # fmt: skip
    again = command(stored_registry, "upload", model)
    assert again.returncode == 1
    assert f"{name} 1.0.0 is taken" in again.stderr


def test_download_goes_on_where_it_was_cut(stored_registry: Registry, name: str, tmp_path: Path) -> None:
    data = big_package(name)
    stored_registry.admin.publish(data)
    partial = tmp_path / f".it.zip.{sha256(data)[:12]}.part"
    partial.write_bytes(data[:PART])
    started = time.time()
    downloaded = command(stored_registry, "download", name, "-o", tmp_path / "it.zip")
    assert downloaded.returncode == 0, downloaded.stderr
    assert (tmp_path / "it.zip").read_bytes() == data
    assert (partial.exists(), started < (tmp_path / "it.zip").stat().st_mtime) == (False, True)


def test_download_with_other_bytes_is_no_download(stored_registry: Registry, name: str, tmp_path: Path) -> None:
    data = big_package(name)
    stored_registry.admin.publish(data)
    partial = tmp_path / f".it.zip.{sha256(data)[:12]}.part"
    partial.write_bytes(b"X" * PART)
    refused = command(stored_registry, "download", name, "-o", tmp_path / "it.zip")
    assert (refused.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "arrived with other bytes" in refused.stderr


@pytest.mark.parametrize(
    ("place", "said"), [("it.zip", "No space left on device"), ("none/it.zip", "No such file or directory")]
)
def test_download_that_has_no_place_is_not_tried_again(
    registry: Registry, name: str, tmp_path: Path, place: str, said: str
) -> None:
    data = big_package(name)
    registry.admin.publish(data)
    (tmp_path / f".it.zip.{sha256(data)[:12]}.part").symlink_to("/dev/full")
    refused = command(registry, "download", name, "-o", tmp_path / place)
    directory = (tmp_path / place).parent
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == f"CommandError: {directory} can't be written to: {said}."


@pytest.mark.parametrize("arguments", [("download", "no/such-package"), ("upload", "/no/such/file")])
def test_commands_say_what_is_wrong_in_one_line(registry: Registry, arguments: tuple[str, ...]) -> None:
    refused = command(registry, *arguments)
    assert (refused.returncode, refused.stderr.count("\n"), "Traceback" in refused.stderr) == (1, 1, False)
