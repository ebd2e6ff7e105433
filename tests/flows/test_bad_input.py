"""Bad input gets a clear refusal, and nothing of it stays."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.factories.archives import model_package, zipped
from tests.flows.conftest import Client, Registry

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def admin(registry: Registry) -> Client:
    return registry.admin


def leftovers(registry: Registry) -> list[str]:
    kept = [*(registry.data_dir / "spool").glob("*"), *(registry.data_dir / "objects" / "staging").glob("*")]
    return sorted(map(str, kept))


@pytest.mark.parametrize(
    ("package", "fields", "code"),
    [
        pytest.param(b"", {}, "bad_archive", id="empty file"),
        pytest.param(b"not a zip", {}, "bad_archive", id="no zip"),
        pytest.param(model_package("a/b", "1")[:-10], {}, "bad_archive", id="cut short"),
        pytest.param(b"x" + model_package("a/b", "1"), {}, "bad_archive", id="something before"),
        pytest.param(zipped({"model.bin": b"x"}), {"name": "a/b", "version": "1"}, "no_manifest", id="no manifest"),
        pytest.param(zipped({"config.json": "{"}), {"name": "a/b", "version": "1"}, "bad_manifest", id="broken JSON"),
        pytest.param(zipped({"config.json": "[]"}), {"name": "a/b", "version": "1"}, "bad_manifest", id="a list"),
        pytest.param(zipped({"config.json": '{"name": 7}'}), {}, "bad_manifest", id="name is a number"),
        pytest.param(zipped({"config.json": '{"a": 1, "a": 2}'}), {}, "bad_manifest", id="a key twice"),
        pytest.param(zipped({"config.json": '{"a": NaN}'}), {}, "bad_manifest", id="NaN"),
        pytest.param(zipped({"config.json": "{}"}), {"version": "1"}, "invalid", id="no name"),
        pytest.param(zipped({"config.json": "{}"}), {"name": "a/b"}, "invalid", id="no version"),
        pytest.param(zipped({"../config.json": "{}"}), {"name": "a/b", "version": "1"}, None, id="a path upwards"),
        pytest.param(model_package("a/b", "1"), {"name": "модель"}, "invalid", id="Cyrillic name"),
        pytest.param(model_package("a/b", "1"), {"name": "a/b/c"}, "invalid", id="three parts"),
        pytest.param(model_package("a/b", "1"), {"name": "../etc"}, "invalid", id="name upwards"),
        pytest.param(model_package("a/b", "1"), {"name": "a" * 300}, "invalid", id="long name"),
        pytest.param(model_package("a/b", "1"), {"name": "a\0b"}, "invalid", id="NUL in name"),
        pytest.param(model_package("a/b", "1"), {"version": "1/2"}, "invalid", id="slash in version"),
        pytest.param(model_package("a/b", "1"), {"version": " "}, "invalid", id="blank version"),
        pytest.param(model_package("a/b", "1"), {"is_sensitive": "perhaps"}, "invalid", id="no boolean"),
        pytest.param(model_package("a/b", "1"), {"nmae": "a/b"}, "invalid", id="unknown field"),
        pytest.param(model_package("a/b", "1"), {"description": "x" * 20_000}, "invalid", id="long description"),
    ],
)
def test_bad_upload_is_refused(
    registry: Registry, admin: Client, package: bytes, fields: dict[str, str], code: str | None
) -> None:
    before = admin.post("/packages", json={}).json()["total"]
    answer = admin.upload(package, **fields)
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert code in {None, body["code"]}, body
    assert body["detail"].endswith((".", "…")), body
    assert admin.post("/packages", json={}).json()["total"] == before
    assert leftovers(registry) == []


def test_upload_without_a_file_says_so(admin: Client) -> None:
    answer = admin.post("/package", files={"name": (None, "a/b")})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])


@pytest.mark.parametrize("spoilt", [b"Content-Transfer-Encoding: base64\r\n\r\n!", b"X: " + b"x" * 2_000])
@pytest.mark.parametrize("path", ["/package", "/admin/login/"])
def test_a_form_that_ends_badly_leaves_nothing_on_the_disk(
    registry: Registry, admin: Client, path: str, spoilt: bytes
) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="m.zip"\r\n'
    content = part + b"\r\nwell\r\n" + part + spoilt + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = admin.post(path, content=content, headers=headers)
    assert (answer.status_code // 100, leftovers(registry)) == (4, [])


def test_upload_must_be_multipart(admin: Client) -> None:
    assert admin.post("/package", json={"name": "a/b"}).status_code == 415
    assert admin.post("/package", content=b"junk", headers={"Content-Type": "multipart/form-data"}).status_code == 400


def test_taken_version_is_refused_at_once(admin: Client, name: str) -> None:
    package = model_package(name, "1.0.0")
    admin.publish(package)
    again = admin.upload(package)
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


def test_bomb_is_refused(admin: Client, name: str) -> None:
    bomb = zipped({"config.json": json.dumps({"name": name, "version": "1"}), "zeros": bytes(100 * 1024 * 1024)})
    answer = admin.upload(bomb)
    assert (answer.status_code, answer.json()["code"]) == (400, "archive_bomb"), answer.text


def test_duplicate_members_are_refused(admin: Client, name: str) -> None:
    package = zipped({"config.json": "{}", "confih.json": "{}"}).replace(b"confih", b"config")
    assert admin.upload(package, name=name, version="1").json()["code"] == "duplicate_path"


def test_declared_length_over_the_limit_is_refused_before_the_body(registry: Registry, admin: Client) -> None:
    place = urlsplit(registry.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        head = (
            f"POST /package HTTP/1.1\r\nHost: {place.netloc}\r\nX-Auth-Token: {admin.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {60 * 1024**3}\r\n\r\n--b\r\n"
        )
        connection.sendall(head.encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_chunked_body_is_refused_with_the_reason(registry: Registry, admin: Client) -> None:
    answer = httpx.post(f"{registry.url}/packages", content=iter([b"{}"]), headers={"X-Auth-Token": admin.token})
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n", 414, "uri_too_long"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000 + b"\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(200)), 431, "headers_too_large"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: foo\r\n", 411, "length_required"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n", 411, "length_required"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400, "invalid"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n", 400, "invalid"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n", 400, "invalid"),
        (b"POST / HTTP/1.1\r\nExpect: 200-ok\r\n", 417, "expectation_failed"),
        (b"GET / HTTP/1.1\r\nX-A: b\r\n c\r\n", 400, "invalid"),
        (b"GET / HTTP/1.1\r\nX A: b\r\n", 400, "invalid"),
        (b"GET / HTTP/1.1\r\nX-A: \0\r\n", 400, "invalid"),
        (b"GET / HTTP/9.9\r\n", 400, "invalid"),
        (b"get / HTTP/1.1\r\n", 400, "invalid"),
        (b"GET /\xff HTTP/1.1\r\n", 400, "invalid"),
        (b"\x16\x03\x01\r\n", 400, "invalid"),
        (b"GET /health/live HTTP/1.1\r\nSCRIPT_NAME: /x\r\nScript-Name: /x\r\n", 200, None),
        (b"GET /health/live HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n", 200, None),
    ],
)
def test_what_is_no_request_is_refused_in_the_same_words(
    registry: Registry, head: bytes, status: int, code: str | None
) -> None:
    place = urlsplit(registry.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    first, body = answer.split(b"\r\n", 1)[0], answer.partition(b"\r\n\r\n")[2]
    assert (int(first.split()[1]), json.loads(body).get("code")) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nmae": "x"}, 400, "invalid"),
        ({"name": 7.5j and ["x"]}, 400, "invalid"),
        ({"name": {"a": 1}}, 400, "invalid"),
        ({"version": "not a version!"}, 400, "invalid"),
        ({"version": "3.0.0-1.0.0"}, 400, "invalid"),
        ({"regex": "("}, 400, "bad_regex"),
        ({"regex": "*"}, 400, "bad_regex"),
        ({"regex": "a{99999}"}, 400, "bad_regex"),
        ({"regex": "x" * 100_000}, 400, "bad_regex"),
        ({"query": "x" * 5_000}, 400, "invalid"),
        ({"name": "a\u0000b"}, 400, "invalid"),
        ({"sort": "luck"}, 400, "invalid"),
        ({"min_net_score": 7}, 400, "invalid"),
        ([], 400, "invalid"),
        ("text", 400, "invalid"),
        (None, 400, "invalid"),
        ({"query": "((( & | !"}, 200, None),
        ({"query": '"unfinished'}, 200, None),
        ({"name": "%_\\"}, 200, None),
        ({"name": None, "regex": None}, 200, None),
    ],
)
def test_bad_search_is_refused(admin: Client, body: Any, status: int, code: str | None) -> None:
    answer = admin.post("/packages", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/package/{NOBODY}", 404),
        ("GET", f"/package/{NOBODY}/metadata", 404),
        ("GET", f"/package/{NOBODY}/metrics", 404),
        ("GET", f"/package/{NOBODY}/lineage", 404),
        ("GET", f"/package/{NOBODY}/lineage?direction=sideways", 400),
        ("GET", f"/package/{NOBODY}/weights", 404),
        ("GET", f"/package/{NOBODY}/download-history", 404),
        ("GET", f"/package/{NOBODY}/audit", 404),
        ("DELETE", f"/package/{NOBODY}", 404),
        ("GET", f"/job/{NOBODY}", 404),
        ("GET", "/package/not-an-id/metadata", 404),
        ("GET", "/nowhere", 404),
        ("PATCH", "/packages", 405),
        ("GET", "/packages", 405),
        ("GET", "/users?offset=-1", 400),
        ("GET", "/users?limit=x", 400),
        ("GET", "/audits?offset=99999999999999999999", 400),
        ("GET", "/objects/forged/package.zip", 403),
        ("GET", "/objects/a:b:c/package.zip", 403),
    ],
)
def test_bad_paths_are_refused(admin: Client, method: str, path: str, status: int) -> None:
    answer = admin.request(method, path)
    assert (answer.status_code, {"detail", "code"} <= answer.json().keys()) == (status, True), answer.text


@pytest.mark.parametrize("score", [0, 6, -1, 2.5, "many", None, [5], True])
def test_bad_rating_is_refused(admin: Client, score: Any) -> None:
    answer = admin.put(f"/package/{NOBODY}/rate", json={"score": score})
    assert answer.status_code in ({400} if score is not True else {400, 404})
