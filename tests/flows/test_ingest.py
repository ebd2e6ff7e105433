"""Packages fetched from a Hub and an npm registry of this machine, judged, kept or turned away, by a real worker."""

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from demo.models import base
from tests.factories.archives import LICENSE, card, model_package, safetensors
from tests.flows.conftest import ROOT, Client, Registry, start_registry, stop_registry
from tests.servers.hub import Fault, Hub, Repository
from tests.servers.npm_registry import NpmRegistry

#: Metrics that need more than the package's own files, which is all there is of these packages.
ELSEWHERE = ("bus_factor", "responsive_maintainer", "pull_request", "reviewedness", "reproducibility", "net_score")
WAIVED = dict.fromkeys(ELSEWHERE, "There is no record of this package outside the test.")
TOKENIZER = {
    "index.js": "export const tokenize = (text) => text.split(' ');\n",
    "LICENSE": LICENSE,
    "README.md": Path(ROOT, "demo/contents/tokenize/README.md").read_text(encoding="utf-8"),
}


@pytest.fixture
def admin(ingesting: Registry) -> Client:
    return ingesting.admin


@pytest.fixture
def name() -> str:
    return f"org/model-{uuid4().hex[:12]}"


def ingested(client: Client, url: str, **body: Any) -> dict[str, Any]:
    """The ingest's job once it is over."""
    answer = client.post("/package/ingest", json={"url": url} | body)
    assert answer.status_code == 200, answer.text
    return client.job(answer.json()["job_id"])


def good_model(**changed: bytes) -> Repository:
    return Repository(dict(base("1.1.0")) | changed, tags=("v1.1.0",))


def objects_of(registry: Registry) -> set[str]:
    return {str(path) for path in (registry.data_dir / "objects").rglob("*") if path.is_file()}


def test_model_that_passes_is_kept(ingesting: Registry, admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    job = ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)
    assert (job["status"], job["error"], job["name"], job["version"]) == ("succeeded", None, name, "1.1.0")

    metadata = admin.get(f"/package/{job['package_id']}/metadata").json()
    assert (metadata["status"], metadata["kind"], metadata["license"]) == ("ready", "model", "Apache-2.0")
    assert metadata["origin"] == {"provider": "huggingface", "identity": name, "revision": hub.models[name].commit}
    assert {waiver["metric"]: waiver["reason"] for waiver in metadata["waivers"]} == WAIVED
    assert {waiver["granted_by"] for waiver in metadata["waivers"]} == {"admin"}
    granted = [datetime.fromisoformat(waiver["granted_at"]) for waiver in metadata["waivers"]]
    assert datetime.fromisoformat(metadata["upload_date"]) <= min(granted) <= max(granted) <= datetime.now(UTC)

    handed = admin.get(f"/package/{job['package_id']}").json()
    archive = httpx.get(handed["url"]).content
    assert hashlib.sha256(archive).hexdigest() == handed["sha256"] == metadata["sha256"]
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        assert {path: zipped.read(path) for path in zipped.namelist()} == hub.models[name].files
    assert not (ingesting.data_dir / "spool" / f"ingest-{job['job_id']}").exists()


def test_package_of_npm_that_passes_is_kept(admin: Client, npm: NpmRegistry) -> None:
    name = f"@scope/tokenize-{uuid4().hex[:12]}"
    npm.publish(name, "1.4.0", TOKENIZER, license="MIT", main="index.js", dependencies={"tables": "~3.1.4"})
    npm.publish(name, "2.0.0", TOKENIZER, license="MIT")
    job = ingested(admin, f"pkg:npm/{name.replace('@', '%40')}@%5E1.2.0", waive=WAIVED)
    assert (job["status"], job["error"], job["name"], job["version"]) == ("succeeded", None, name, "1.4.0")
    metadata = admin.get(f"/package/{job['package_id']}/metadata").json()
    assert {file["path"] for file in metadata["files"]} == {"package.json", *TOKENIZER}
    assert metadata["origin"] == {"provider": "npm", "identity": name, "revision": "1.4.0"}


def test_model_that_fails_is_turned_away_with_its_scores(
    ingesting: Registry, admin: Client, hub: Hub, name: str
) -> None:
    files = {"config.json": b"{}", "README.md": card(name).encode(), "model.safetensors": safetensors()}
    hub.models[name] = Repository(files)
    before = objects_of(ingesting)
    job = ingested(admin, f"{hub.url}/{name}/tree/main", waive=WAIVED)
    assert (job["status"], job["package_id"], job["error"]["code"]) == ("rejected", None, "gate_rejected")
    assert set(job["failed_metrics"]) >= {"license_score", "ramp_up"}
    assert set(job["failed_metrics"]).isdisjoint(WAIVED)
    assert job["scores"]["license_score"]["value"] == 0
    assert len(job["scores"]) == 11
    assert "license_score: 0.00 is under 0.5" in job["error"]["detail"]
    assert objects_of(ingesting) == before
    assert admin.post("/packages", json={"name": name}).json()["packages"] == []
    admin.publish(model_package(name, job["version"]))  # its name is nobody's


def test_evidence_that_can_not_be_had_is_no_verdict(ingesting: Registry, admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    before = objects_of(ingesting)
    some = {metric: reason for metric, reason in WAIVED.items() if metric != "reproducibility"}
    job = ingested(admin, f"https://huggingface.co/{name}", waive=some)
    assert (job["status"], job["package_id"]) == ("unavailable", None)
    assert (job["error"]["code"], job["failed_metrics"]) == ("evidence_unavailable", ["reproducibility"])
    assert objects_of(ingesting) == before


def test_same_content_again_is_the_same_package(admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    first = ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)
    asked = len(hub.ranges_of("README.md"))
    again = ingested(admin, f"pkg:huggingface/{name}@{hub.models[name].commit}")
    assert (again["status"], again["package_id"]) == ("succeeded", first["package_id"])
    assert len(hub.ranges_of("README.md")) == asked

    # Another commit of the same bytes is fetched, and found to be the same.
    renamed = f"{name}-copy"
    hub.models[renamed] = good_model()
    copied = ingested(admin, f"https://huggingface.co/{renamed}", name=name)
    assert (copied["status"], copied["package_id"]) == ("succeeded", first["package_id"])


def test_other_content_of_a_taken_name_fails(admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    admin.publish(model_package(name, "1.1.0"))
    job = ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)
    assert (job["status"], job["error"]["code"], job["package_id"]) == ("failed", "name_taken", None)


def test_deleted_version_comes_back_only_with_the_same_content(admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    first = ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)
    admin.delete(f"/package/{first['package_id']}")
    hub.models[name] = good_model(notes=b"changed")
    changed = ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)
    assert (changed["status"], changed["error"]["code"]) == ("failed", "version_retired")
    hub.models[name] = good_model()
    assert ingested(admin, f"https://huggingface.co/{name}", waive=WAIVED)["status"] == "succeeded"


@pytest.mark.parametrize(("access", "code"), [("private", "source_not_found"), ("gated", "gated")])
def test_what_may_not_be_seen_fails_and_says_so(admin: Client, hub: Hub, name: str, access: str, code: str) -> None:
    hub.models[name] = good_model()
    hub.models[name].access = access
    job = ingested(admin, f"https://huggingface.co/{name}")
    assert (job["status"], job["error"]["code"]) == ("failed", code)
    assert "HF_TOKEN" in job["error"]["detail"]


def test_redirect_to_this_machine_fails(admin: Client, hub: Hub, name: str) -> None:
    hub.models[name] = good_model()
    hub.faults[f"{name}/tree/{hub.models[name].commit}"].append(
        Fault(redirect="http://169.254.169.254/latest/meta-data")
    )
    job = ingested(admin, f"https://huggingface.co/{name}")
    assert (job["status"], job["error"]["code"]) == ("failed", "blocked")


def test_broken_package_fails(admin: Client, npm: NpmRegistry) -> None:
    name = f"broken-{uuid4().hex[:12]}"
    npm.put(name, "1.0.0", b"no tarball")
    job = ingested(admin, f"pkg:npm/{name}")
    assert (job["status"], job["error"]["code"]) == ("failed", "bad_tarball")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": 7}, "url"),
        ({"url": "https://evil.example/a/b"}, "url"),
        ({"url": "https://huggingface.co/datasets/a/b"}, "url"),
        ({"url": "pkg:npm/a@1", "version": "2"}, "url"),
        ({"url": "pkg:npm/a", "name": "not a name"}, "name"),
        ({"url": "pkg:npm/a", "version": ""}, "version"),
        ({"url": "pkg:npm/a", "branch": "x"}, "branch"),
        ({"url": "pkg:npm/a", "waive": {"beauty": "x"}}, "waive"),
        ({"url": "pkg:npm/a", "waive": {"ramp_up": "x" * 501}}, "waive"),
        ({"url": "pkg:npm/a", "waive": ["ramp_up"]}, "waive"),
    ],
)
def test_what_can_not_be_ingested_is_refused_at_once(admin: Client, body: dict[str, Any], field: str) -> None:
    answer = admin.post("/package/ingest", json=body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_only_administrators_waive_and_only_uploaders_ingest(ingesting: Registry) -> None:
    uploader, reader = ingesting.user("upload"), ingesting.user("search", "download")
    waiving = uploader.post("/package/ingest", json={"url": "pkg:npm/a", "waive": {"ramp_up": "It is fine."}})
    assert (waiving.status_code, waiving.json()["code"]) == (403, "permission_denied")
    assert reader.post("/package/ingest", json={"url": "pkg:npm/a"}).status_code == 403


def test_ingest_goes_on_after_everything_was_killed(
    ingest_environment: dict[str, str], hub: Hub, name: str, tmp_path: Path
) -> None:
    weights = safetensors(500_000)
    hub.models[name] = good_model(**{"model.safetensors": weights})
    # The redirect is answered, then half of the file, and no more until the registry is dead.
    hub.faults[f"/{name}/model.safetensors"].append(Fault(cut=len(weights) // 2, stalls=True))
    running = start_registry(tmp_path, REGISTRY_JOB_LEASE_SECONDS="2", **ingest_environment)
    try:
        url = f"https://huggingface.co/{name}"
        job_id = running.admin.post("/package/ingest", json={"url": url, "waive": WAIVED}).json()["job_id"]
        part = eventually(lambda: [found for found in (tmp_path / "spool").glob("ingest-*/fetched/*.part")
                                   if found.stat().st_size > 0])  # fmt: skip
        assert part
        seen = eventually(lambda: (job := running.admin.get(f"/job/{job_id}").json())["stage"] == "fetching" and job)
        assert seen["status"] == "running"
        assert re.fullmatch(r"\d of \d files, [\d.]+ of [\d.]+ MB", seen["activity"])
    finally:
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        hub.release.set()
        stop(running)
    again = start_registry(tmp_path, REGISTRY_JOB_LEASE_SECONDS="2", **ingest_environment)
    try:
        job = again.admin.job(job_id)
        assert (job["status"], job["attempts"]) == ("succeeded", 2)
        assert any(asked and asked != "bytes=0-" for asked in hub.ranges_of(f"/{name}/model.safetensors?signature=1"))
        files = again.admin.get(f"/package/{job['package_id']}/metadata").json()["files"]
        sums = {file["path"]: file["sha256"] for file in files}
        assert sums["model.safetensors"] == hashlib.sha256(weights).hexdigest()
    finally:
        hub.release.clear()
        stop_registry(again)


def test_command_ingests_waits_and_tells(
    ingesting: Registry, ingest_environment: dict[str, str], hub: Hub, name: str
) -> None:
    hub.models[name] = good_model()
    listed = ingesting.data_dir / "list.txt"
    listed.write_text(f"# models\n\nhttps://huggingface.co/{name} # a good one\n", encoding="utf-8")

    done = command(ingesting, ingest_environment, "--from-file", str(listed), "--wait", *waiving(WAIVED))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith(f"{name} 1.1.0: succeeded (job ")

    bad = command(ingesting, ingest_environment, f"https://huggingface.co/{name}-none", "gopher://a", "--wait")
    assert bad.returncode == 1
    assert "There is no model" in bad.stderr
    assert "gopher://a: refused: This is no address to ingest from" in bad.stderr
    assert "2 of 2 were not ingested" in bad.stderr


def test_command_brings_parents_too(
    ingesting: Registry, ingest_environment: dict[str, str], hub: Hub, name: str
) -> None:
    hub.models[name], hub.models[f"{name}-tuned"] = good_model(), derived_model(name)
    waive = waiving(WAIVED | {"tree_score": "The parent has no net score."})
    done = command(ingesting, ingest_environment, f"pkg:huggingface/{name}-tuned", "--with-parents", *waive)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition(" (job")[0] for line in done.stdout.splitlines() if "succeeded" in line] == [
        f"{name}-tuned 1.1.0: succeeded",
        f"{name} 1.1.0: succeeded",
    ]


def test_command_retries_what_waits_for_its_parents(
    ingesting: Registry, ingest_environment: dict[str, str], hub: Hub, name: str
) -> None:
    """The parent arrives, but without a net score, so that the second look at the child ends as the first."""
    hub.models[name], hub.models[f"{name}-tuned"] = good_model(), derived_model(name)
    done = command(
        ingesting, ingest_environment, f"pkg:huggingface/{name}-tuned", "--with-parents", "--json", *waiving(WAIVED)
    )
    outcomes = {outcome["name"]: outcome for outcome in json.loads(done.stdout)}
    assert {found: outcome["status"] for found, outcome in outcomes.items()} == {
        name: "succeeded",
        f"{name}-tuned": "unavailable",
    }
    child = outcomes[f"{name}-tuned"]
    assert (child["failed_metrics"], child["parents"], done.returncode) == (["tree_score"], [name], 1)
    assert len(hub.ranges_of(f"/{name}-tuned/model.safetensors?signature=1")) == 1  # kept for the retry
    assert ingesting.admin.get(f"/job/{child['job_id']}").json()["attempts"] == 1


def derived_model(parent: str) -> Repository:
    readme = base("1.1.0")["README.md"].replace(b"license:", f"base_model: {parent}\nlicense:".encode(), 1)
    return good_model(**{"README.md": readme})


def waiving(waived: dict[str, str]) -> list[str]:
    return [word for metric, reason in waived.items() for word in ("--waive", f"{metric}={reason}")]


def command(registry: Registry, ingest_environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "ingest", *words],
        cwd=ROOT,
        env=os.environ | ingest_environment | {"REGISTRY_DATA_DIR": str(registry.data_dir), "SECRET_KEY": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def eventually(look: Any, seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def stop(registry: Registry) -> None:
    """Tidy up after a registry that was killed."""
    registry.http.close()
    assert registry.process.stdout is not None
    registry.process.stdout.close()
