"""A registry watched as in production: what it says on standard output and error, at /metrics and in its statistics."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from registry_project.watching.numbers import DEAD_LETTERS, ERRORS_LOGGED, NUMBERS, REQUESTS_FAILED
from tests.factories.archives import model_package
from tests.flows.conftest import ADMIN_PASSWORD, ROOT, Client
from tests.registry_project.stack.running import eventually

NAMESPACE = "Registry/tests"
#: What nothing here brings about: counted from 0 on or never seen by Prometheus, and not told to CloudWatch.
UNSEEN = {DEAD_LETTERS.name, ERRORS_LOGGED.name, REQUESTS_FAILED.name}
POLICY = "function validateDownload() { return { approved: false, reason: 'No.' }; }"


@dataclass
class Watched:
    """A running registry, with everything that its processes say."""

    http: httpx.Client
    out: Path
    err: Path

    @property
    def admin(self) -> Client:
        answer = self.http.post("/authenticate", json={"username": "admin", "password": ADMIN_PASSWORD})
        return Client(self.http, answer.json()["token"])

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.read_text().splitlines() if line.startswith("{")]

    def told(self) -> list[dict[str, Any]]:
        """The lines that are for CloudWatch."""
        return [json.loads(line) for line in self.out.read_text().splitlines() if line.startswith('{"_aws"')]

    def scraped(self) -> dict[str, dict[tuple[str, ...], float]]:
        """Every family at /metrics: its samples (but for buckets) by the values of their labels."""
        families = text_string_to_metric_families(self.http.get("/metrics").text)
        return {
            family.name + ("_total" if family.type == "counter" else ""): {
                tuple(sample.labels[name] for name in sorted(sample.labels)): sample.value
                for sample in family.samples
                if not sample.name.endswith(("_bucket", "_sum", "_created"))
            }
            for family in families
        }


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    place = tmp_path_factory.mktemp("watched")
    out, err = place / "out", place / "err"
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SECRET_KEY"}}
    environment = {
        "PORT": "0",
        "REGISTRY_DATA_DIR": str(place / "data"),
        "REGISTRY_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "PROMETHEUS_MULTIPROC_DIR": str(place / "prometheus"),
        "REGISTRY_CLOUDWATCH_NAMESPACE": NAMESPACE,
        "REGISTRY_ACTIVITY_SECONDS": "1",
        "REGISTRY_WEB_PROCESSES": "2",
        "REGISTRY_CALLS_PER_SECOND": "0",
        "HF_ENDPOINT": "http://127.0.0.1:9",  # nobody answers there
        "REGISTRY_OWN_HOSTS": "127.0.0.1:9",
    }
    with out.open("w") as to_out, err.open("w") as to_err:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], cwd=ROOT, env=inherited | environment, stdout=to_out, stderr=to_err
        )
        try:
            assert eventually(lambda: "\nready " in out.read_text() or process.poll() is not None, 60)
            url = out.read_text().partition("\nready ")[2].split()[0]
            with httpx.Client(base_url=url, timeout=60) as http:
                yield Watched(http, out, err)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def upload(watched: Watched) -> dict[str, Any]:
    """An upload that was sent with an id, its job over."""
    sent = watched.admin.post(
        "/package",
        files={"file": ("package.zip", model_package("watched/model", "1.0.0"), "application/zip")},
        headers={"X-Request-ID": "upload-of-the-tests"},
    )
    assert (sent.status_code, sent.headers["X-Request-ID"]) == (200, "upload-of-the-tests"), sent.text
    answer: dict[str, Any] = sent.json()
    assert watched.admin.job(answer["job_id"])["status"] == "succeeded"
    return answer


@pytest.fixture(scope="module")
def busy(watched: Watched, upload: dict[str, Any]) -> Watched:
    """The registry after something of every kind has happened."""
    admin = watched.admin
    ingest = admin.post("/package/ingest", json={"url": "pkg:huggingface/org/model"})
    assert admin.job(ingest.json()["job_id"])["status"] == "unavailable"
    package = upload["package_id"]
    assert admin.put(f"/package/{package}/policy", json={"source": POLICY}).status_code == 200
    assert admin.get(f"/package/{package}").status_code == 403
    assert watched.http.get("/user/me").status_code == 401
    return watched


def test_every_line_of_a_job_has_the_id_of_its_request(watched: Watched, upload: dict[str, Any]) -> None:
    def of_job() -> list[dict[str, Any]]:
        return [line for line in watched.logged() if line.get("job") == upload["job_id"]]

    assert eventually(lambda: any(line["message"] == "job ended" for line in of_job()))
    lines = of_job()
    assert {line["request_id"] for line in lines} == {"upload-of-the-tests"}
    assert [line["message"] for line in lines if line["message"].startswith("job ")] == ["job started", "job ended"]


def test_the_request_itself_is_found_by_its_id(watched: Watched, upload: dict[str, Any]) -> None:
    (line,) = [each for each in watched.logged() if each.get("request_id") == "upload-of-the-tests" and "path" in each]
    assert (line["method"], line["path"], line["route"], line["status"]) == ("POST", "/package", "/package", 200)


def test_every_number_and_nothing_else_of_ours_is_scraped(busy: Watched) -> None:
    def found() -> set[str]:
        return {name for name in busy.scraped() if name.startswith("registry_")}

    expected = {number.name for number in NUMBERS} - {ERRORS_LOGGED.name, REQUESTS_FAILED.name}
    assert eventually(lambda: expected <= found())
    assert found() <= {number.name for number in NUMBERS}


def test_the_workers_counts_are_scraped_from_the_web_server(busy: Watched) -> None:
    assert eventually(lambda: busy.scraped()["registry_jobs_ended_total"].get(("ingest", "unavailable")) == 1)
    scraped = busy.scraped()
    ended = {labels: count for labels, count in scraped["registry_jobs_ended_total"].items() if count}
    assert ended == {("upload", "succeeded"): 1, ("ingest", "unavailable"): 1}
    assert scraped["registry_ingests_total"]["huggingface", "unavailable"] == 1
    assert scraped["registry_policy_verdicts_total"][("rejected",)] == 1
    assert scraped["registry_calls_spent_total"][()] > 5
    assert scraped["registry_request_seconds"]["GET", "/package/<uuid:package_id>", "403"] == 1
    assert scraped["registry_requests_refused_total"][("/user/me",)] == 1


def test_what_is_stored_is_scraped(busy: Watched) -> None:
    assert eventually(lambda: busy.scraped()["registry_packages"] == {("model",): 1, ("npm",): 0}, 30)
    assert busy.scraped()["registry_stored_bytes"][("model",)] > 0
    assert busy.scraped()["registry_jobs"] == {("queued",): 0, ("running",): 0}


def test_cloudwatch_is_told_every_number_with_its_labels(busy: Watched) -> None:
    assert eventually(lambda: {n.name for n in NUMBERS} - UNSEEN <= {name for line in busy.told() for name in line})
    known = {number.name: number for number in NUMBERS}
    for line in busy.told():
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        (metric,) = directive["Metrics"]
        number = known[metric["Name"]]
        assert (directive["Namespace"], metric["Unit"]) == (NAMESPACE, number.unit)
        assert [tuple(group) for group in directive["Dimensions"]] == list(number.groups)
        assert set(line) - {"_aws", number.name, "request_id"} == set(number.labels)
        assert all(line[name] and isinstance(line[name], str) for name in number.labels)


def test_the_last_hour_counts_what_both_web_processes_answered(busy: Watched) -> None:
    """Each connection may go to another process; all of them count in the same minutes."""
    credentials = {"X-Auth-Token": busy.admin.token}
    before = busy.admin.get("/stats").json()["last_hour"]["requests"]
    for _ in range(20):
        with httpx.Client(base_url=busy.http.base_url) as fresh:
            assert fresh.get("/user/me", headers=credentials).status_code == 200

    def counted() -> int:
        with httpx.Client(base_url=busy.http.base_url) as fresh:
            return int(fresh.get("/stats", headers=credentials).json()["last_hour"]["requests"])

    assert eventually(lambda: counted() >= before + 20)
    last_hour = busy.admin.get("/stats").json()["last_hour"]
    assert sum(minute["requests"] for minute in last_hour["minutes"]) == last_hour["requests"]
    assert 0 < last_hour["p50_ms"] <= last_hour["p95_ms"] <= last_hour["p99_ms"]
