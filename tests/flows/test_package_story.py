"""A package from upload to deletion, over HTTP, with a real worker."""

import hashlib
import io
import zipfile

import httpx
import pytest

from tests.factories.archives import model_package, npm_package, safetensors, zipped
from tests.flows.conftest import Registry


@pytest.fixture(scope="module", params=["local", "s3"])
def stored_registry(request: pytest.FixtureRequest) -> Registry:
    """The registry on either kind of storage."""
    registry: Registry = request.getfixturevalue("registry" if request.param == "local" else "s3_registry")
    return registry


def test_package_is_uploaded_found_read_fetched_and_deleted(stored_registry: Registry, name: str) -> None:
    uploader, reader, admin = (
        stored_registry.user("upload", "search"),
        stored_registry.user("search", "download"),
        stored_registry.admin,
    )
    package = model_package(name, "1.2.0", words="Transcribes whale songs into sheet music.")

    package_id = uploader.publish(package, description="whales")

    found = reader.post(
        "/packages", json={"name": name.upper(), "version": "^1.0.0", "regex": "whale", "query": "songs"}
    )
    assert [row["id"] for row in found.json()["packages"]] == [package_id]
    metadata = reader.get(f"/package/{package_id}/metadata").json()
    assert (metadata["name"], metadata["version"], metadata["description"]) == (name, "1.2.0", "whales")
    assert metadata["sha256"] == hashlib.sha256(package).hexdigest()
    assert {file["path"] for file in metadata["files"]} == {"config.json", "README.md", "LICENSE", "model.safetensors"}
    assert metadata["license"] == "MIT"
    assert metadata["metrics"]["license_score"]["value"] == 1
    assert len([metric for metric in metadata["metrics"] if not metric.endswith("_latency")]) == 11

    handed = reader.get(f"/package/{package_id}").json()
    assert (handed["expires_in"], handed["size_bytes"]) == (300, len(package))
    assert httpx.get(handed["url"]).content == package
    weights = reader.get(f"/package/{package_id}/weights").json()
    assert httpx.get(weights["url"]).content == safetensors()

    assert reader.put(f"/package/{package_id}/rate", json={"score": 4}).json() == {"average": 4, "count": 1, "score": 4}
    assert admin.put(f"/package/{package_id}/rate", json={"score": 1}).json() == {
        "average": 2.5,
        "count": 2,
        "score": 1,
    }
    history = uploader.get(f"/package/{package_id}/download-history").json()
    assert [(row["kind"], row["outcome"]) for row in history["downloads"]] == [
        ("weights", "approved"),
        ("full", "approved"),
    ]
    assert reader.get(f"/package/{package_id}/download-history").status_code == 403

    assert reader.delete(f"/package/{package_id}").status_code == 403
    assert admin.delete(f"/package/{package_id}").status_code == 200
    assert reader.get(f"/package/{package_id}/metadata").status_code == 404
    assert httpx.get(handed["url"]).status_code == 404
    assert not list(stored_registry.objects.rglob(f"{name.split('/')[1]}/**/*.zip"))

    changed = uploader.upload(model_package(name, "1.2.0", words="Other bytes."))
    assert (changed.status_code, changed.json()["code"]) == (409, "version_retired")
    assert uploader.publish(package) != package_id


def test_one_top_folder_is_accepted(stored_registry: Registry, name: str) -> None:
    admin = stored_registry.admin
    package_id = admin.publish(model_package(name, "1.0.0", folder="model-main/"))
    files = admin.get(f"/package/{package_id}/metadata").json()["files"]
    assert {file["path"] for file in files} == {"config.json", "README.md", "LICENSE", "model.safetensors"}


def test_npm_package_is_measured(stored_registry: Registry, name: str) -> None:
    admin = stored_registry.admin
    npm = npm_package(f"@{name}", "0.1.0", dependencies={"left": "^1.0.0", "right": "1.2.3"})
    package_id = admin.publish(npm)
    scores = admin.get(f"/package/{package_id}/metrics").json()["metrics"]
    assert scores["good_pinning_practice"]["value"] == 0.5
    assert scores["reproducibility"]["status"] == "not_applicable"
    assert admin.get(f"/package/{package_id}/weights").json()["code"] == "no_weights"


def test_several_weights_are_listed(stored_registry: Registry, name: str) -> None:
    admin = stored_registry.admin
    files: dict[str, bytes | str] = {
        "config.json": f'{{"name": "{name}", "version": "1"}}',
        "a/model.safetensors": safetensors(2),
        "b/model.safetensors": safetensors(3),
    }
    package_id = admin.publish(zipped(files))
    listed = admin.get(f"/package/{package_id}/weights").json()["files"]
    assert [(one["file"], httpx.get(one["url"]).content) for one in listed] == [
        ("a/model.safetensors", safetensors(2)),
        ("b/model.safetensors", safetensors(3)),
    ]
    one = admin.get(f"/package/{package_id}/weights", params={"file": "b/model.safetensors"}).json()
    assert one["sha256"] == hashlib.sha256(safetensors(3)).hexdigest()
    assert admin.get(f"/package/{package_id}/weights", params={"file": "c"}).status_code == 404


def test_parents_are_resolved_when_they_arrive_and_tree_scores_follow(stored_registry: Registry, name: str) -> None:
    admin = stored_registry.admin
    child = admin.publish(model_package(f"{name}-tuned", "1.0.0", base_model=name))
    lineage = admin.get(f"/package/{child}/lineage").json()
    assert [(row["name"], row["depth"], row["resolved"]) for row in lineage["lineage"]] == [
        (f"{name}-tuned", 0, True),
        (name, 1, False),
    ]
    assert admin.get(f"/package/{child}/metrics").json()["metrics"]["tree_score"]["status"] == "unavailable"

    parent = admin.publish(model_package(name, "1.0.0"))
    lineage = admin.get(f"/package/{child}/lineage").json()
    assert [(row["id"], row["relationship"]) for row in lineage["lineage"]] == [(child, "self"), (parent, "finetune")]
    down = admin.get(f"/package/{parent}/lineage", params={"direction": "descendants"}).json()
    assert [row["id"] for row in down["lineage"]] == [parent, child]


def test_sensitive_package_is_refused_to_others(stored_registry: Registry, name: str) -> None:
    uploader, reader = stored_registry.user("upload", "download", "search"), stored_registry.user("download", "search")
    package_id = uploader.publish(model_package(name, "1.0.0"), is_sensitive="true")
    refused = reader.get(f"/package/{package_id}")
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_rejected")
    assert reader.get(f"/package/{package_id}/weights").status_code == 403
    assert uploader.get(f"/package/{package_id}").status_code == 200
    outcomes = [row["outcome"] for row in uploader.get(f"/package/{package_id}/download-history").json()["downloads"]]
    assert outcomes == ["approved", "refused", "refused"]


def test_corrupt_member_fails_the_job_and_frees_the_name(stored_registry: Registry, name: str) -> None:
    admin = stored_registry.admin
    broken = bytearray(model_package(name, "1.0.0"))
    with zipfile.ZipFile(io.BytesIO(bytes(broken))) as archive:
        start = archive.getinfo("model.safetensors").header_offset
    broken[start + 60] ^= 0xFF
    answer = admin.upload(bytes(broken))
    if answer.status_code == 200:
        job = admin.job(answer.json()["job_id"])
        assert (job["status"], job["error"]["code"], job["package_id"]) == ("failed", "corrupt_file", None)
    else:
        assert answer.status_code == 400
    admin.publish(model_package(name, "1.0.0"))


@pytest.mark.parametrize(
    ("header", "status", "content_range", "body"),
    [
        ("bytes=0-3", 206, "bytes 0-3/{size}", slice(0, 4)),
        ("bytes=5-", 206, "bytes 5-{last}/{size}", slice(5, None)),
        ("bytes=-4", 206, "bytes {tail}-{last}/{size}", slice(-4, None)),
        ("bytes=0-99999999", 206, "bytes 0-{last}/{size}", slice(None)),
        ("bytes=99999999-", 416, "bytes */{size}", None),
        ("bytes=-0", 416, "bytes */{size}", None),
        ("bytes=" + "9" * 19 + "-", 416, "bytes */{size}", None),
        ("bytes=" + "9" * 5_000 + "-", 200, None, slice(None)),
        ("bytes=-" + "9" * 5_000, 200, None, slice(None)),
        ("bytes=3-1", 200, None, slice(None)),
        ("bytes=0-1,4-5", 200, None, slice(None)),
        ("lines=1-2", 200, None, slice(None)),
    ],
)
def test_ranges_are_served(
    registry: Registry,
    whole: tuple[str, bytes],
    header: str,
    status: int,
    content_range: str | None,
    body: slice | None,
) -> None:
    url, package = whole
    answer = httpx.get(url, headers={"Range": header})
    size = len(package)
    expected = content_range and content_range.format(size=size, last=size - 1, tail=size - 4)
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, expected)
    if body is not None:
        assert answer.content == package[body]


def test_if_range_and_head(registry: Registry, whole: tuple[str, bytes]) -> None:
    url, package = whole
    head = httpx.head(url)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(package)), b"")
    same = httpx.get(url, headers={"Range": "bytes=0-0", "If-Range": head.headers["ETag"]})
    other = httpx.get(url, headers={"Range": "bytes=0-0", "If-Range": '"something else"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert head.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("condition", "expected", "status"),
    [
        ("If-None-Match", "{etag}", 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", '"something else"', 200),
        ("If-Match", "{etag}", 200),
        ("If-Match", '"something else"', 412),
    ],
)
def test_conditions_are_kept(
    registry: Registry, whole: tuple[str, bytes], condition: str, expected: str, status: int
) -> None:
    url, package = whole
    etag = httpx.head(url).headers["ETag"]
    answer = httpx.get(url, headers={condition: expected.format(etag=etag)})
    assert (answer.status_code, answer.content) == (status, package if status == 200 else b"")


def test_url_changed_anywhere_is_refused(registry: Registry, whole: tuple[str, bytes]) -> None:
    url, _ = whole
    start = url.index("/objects/") + len("/objects/")
    changed = [
        f"{url[:at]}{'A' if url[at] != 'A' else 'B'}{url[at + 1 :]}" for at in range(start, len(url)) if url[at] != "/"
    ]
    changed += [f"{url}x", f"{url}?as=page.html", url.rpartition("/")[0] + "/page.html"]
    with httpx.Client() as client:
        assert {one: client.get(one).status_code for one in changed} == dict.fromkeys(changed, 403)


@pytest.fixture(scope="module")
def whole(registry: Registry) -> tuple[str, bytes]:
    """A published package's URL and bytes."""
    admin, package = registry.admin, model_package("flows/ranges", "1.0.0")
    return admin.get(f"/package/{admin.publish(package)}").json()["url"], package
