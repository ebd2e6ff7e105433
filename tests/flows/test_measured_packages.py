"""Packages with a repository behind them, measured by a real worker: its history from a mirror, the rest from a GitHub of
this machine, and its card's code run where that can be isolated."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.archives import LICENSE, safetensors, zipped
from tests.flows.conftest import ROOT, Registry, start_registry, stop_registry
from tests.metrics_app.collectors.repositories import ADA, BEN, Repository, lines
from tests.metrics_app.collectors.test_reproducibility import SANDBOX
from tests.servers.github import GitHubServer, Project, comment, github_server

URL = "https://github.com/owner/project"
AT = "2026-06-01T00:00:00Z"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(tmp_path_factory.mktemp("mirror") / "owner/project")
    made.commit(ADA, a_js=lines(30))
    made.commit(BEN, b_js=lines(10))
    return made


@pytest.fixture(scope="module")
def github(repository: Repository) -> Iterator[GitHubServer]:
    with github_server() as server:
        project = Project(commits_since=12)
        project.pull(1, AT, "ada", comment("ben", AT), merged=AT, reviews=(comment("ben", AT),), checks="SUCCESS")
        project.commits = {repository.git("rev-parse", "HEAD~"): [1]}
        server.projects["owner/project"] = project
        yield server


@pytest.fixture(scope="module")
def environment(repository: Repository, github: GitHubServer) -> dict[str, str]:
    return {
        "REGISTRY_CALLS_PER_SECOND": "0",
        "REGISTRY_GIT_MIRRORS": f"https://github.com/=file://{repository.path.parent.parent}/",
        "GITHUB_API_URL": github.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_TOKEN": "good",
        "REGISTRY_REPRODUCIBILITY_PYTHON": str(SANDBOX.python) if SANDBOX else sys.executable,
    }


@pytest.fixture(scope="module")
def measuring(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    running = start_registry(tmp_path_factory.mktemp("registry"), **environment)
    yield running
    stop_registry(running)


def scores_of(registry: Registry, name: str, files: dict[str, bytes | str]) -> dict[str, Any]:
    """The scores of a package of `files`, uploaded as `name`."""
    package = registry.admin.publish(zipped(files), name=name, version="1.0.0")
    scores: dict[str, Any] = registry.admin.get(f"/package/{package}/metrics").json()["metrics"]
    return scores


def npm_package(name: str, repository: str) -> dict[str, bytes | str]:
    manifest = {"name": name, "version": "1.0.0", "license": "MIT", "main": "index.js", "repository": repository}
    return {"package.json": json.dumps(manifest), "index.js": "module.exports = 1;\n", "LICENSE": LICENSE}


def test_package_with_a_repository(measuring: Registry, repository: Repository) -> None:
    scores = scores_of(measuring, "tool", npm_package("tool", URL))
    assert (scores["bus_factor"]["value"], scores["bus_factor"]["evidence"]["truck_factor"]) == (0.5, 2)
    assert scores["bus_factor"]["evidence"]["head"] == repository.git("rev-parse", "HEAD")
    assert scores["pull_request"]["value"] == 0.75
    assert scores["responsive_maintainer"]["evidence"]["activity"] == 1
    assert scores["correctness"]["evidence"]["parts"]["checks"] == 1
    assert scores["reviewedness"]["status"] == "not_applicable"
    assert all(scores[metric]["latency"] > 0 for metric in ("bus_factor", "pull_request"))


def test_package_whose_repository_is_not_there(measuring: Registry) -> None:
    scores = scores_of(measuring, "lost", npm_package("lost", "https://github.com/owner/lost"))
    statuses = {scores[metric]["status"] for metric in ("bus_factor", "pull_request", "responsive_maintainer")}
    assert statuses == {"not_applicable"}


def test_model_whose_card_runs(measuring: Registry) -> None:
    code = "import json\nprint(json.load(open('config.json'))['model_type'])"
    files: dict[str, bytes | str] = {
        "README.md": f"---\nlicense: mit\n---\n# Model\n\n```python\n{code}\n```\n",
        "config.json": '{"model_type": "bert"}',
        "model.safetensors": safetensors(),
    }
    score = scores_of(measuring, "org/runs", files)["reproducibility"]
    if SANDBOX is None:
        assert score["status"] == "unavailable"
    else:
        assert (score["value"], score["evidence"]["runs"][0]["log"]) == (1, "bert\n")


def test_explain_and_replay_on_a_running_registry(measuring: Registry, environment: dict[str, str]) -> None:
    scores_of(measuring, "told", npm_package("told", URL))
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    settings = inherited | environment | {"REGISTRY_DATA_DIR": str(measuring.data_dir)}

    def called(*words: str) -> list[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=settings, check=True, capture_output=True, text=True
        ).stdout.splitlines()

    assert any(line.startswith("pull_request ") and " 0.75 measured" in line for line in called("explain", "told"))
    assert called("rescore", "told", "--replay") == ["1 replayed"]
