"""Histories fetched over HTTP: a look ahead first, and git led nowhere else."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from metrics_app.collectors.git import GitHistories
from metrics_app.collectors.git_addresses import Address, Directions
from metrics_app.collectors.git_clones import Clones
from metrics_app.collectors.git_scout import Scout, Unreached
from metrics_app.collectors.outages import Outages
from metrics_app.domain.evidence import GitEvidence, Missing
from packages_app.sources.guard import Rules
from tests.metrics_app.collectors.repositories import Repository, lines
from tests.servers.git_http import GitHost, git_host


@dataclass(frozen=True)
class Straight(Directions):
    """Directions to a host of this machine, as to a public one."""

    def address_of(self, repository: str) -> Address:
        return Address(repository, "http", urlsplit(repository).netloc, is_own=False)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "served/owner/project")
    made.commit(a_py=lines(3), b_txt=lines(3))
    return made


@pytest.fixture
def host(repository: Repository, tmp_path: Path) -> Iterator[GitHost]:
    with git_host(tmp_path / "served") as started:
        yield started


@pytest.fixture
def scout(host: GitHost) -> Scout:
    return Scout(Rules(frozenset(), frozenset({urlsplit(host.url).netloc})), 5)


@pytest.fixture
def histories(scout: Scout, tmp_path: Path) -> GitHistories:
    clones = Clones(tmp_path / "git", most_bytes=10**8, all_bytes=10**8, most_commits=1000, fresh_seconds=0)
    return GitHistories(Straight(frozenset(), {}), scout, clones, Outages(tmp_path / "down", 60), 60)


def address(url: str) -> Address:
    return Address(url, "http", urlsplit(url).netloc, is_own=False)


def test_history_comes_over_http_without_blobs(histories: GitHistories, host: GitHost, tmp_path: Path) -> None:
    found = histories.collect(f"{host.url}/owner/project/.git")
    assert isinstance(found, GitEvidence), found
    assert [(file.path, file.creators) for file in found.files] == [("a.py", (0,))]
    assert [commit.added for commit in found.mainline] == [3]


def test_repository_is_fetched_once_for_all_who_want_it_at_once(histories: GitHistories, host: GitHost) -> None:
    clones = replace(histories.clones, fresh_seconds=3600)
    place = address(f"{host.url}/owner/project/.git")

    def head(_: int) -> bytes:
        with clones.opened(place, until=time.monotonic() + 60) as git:
            return git.run("rev-parse", "HEAD")

    with ThreadPoolExecutor(4) as pool:
        heads = set(pool.map(head, range(4)))
    fetched = sum(path.endswith("/git-upload-pack") for path in host.asked)
    assert (len(heads), fetched) == (1, 2)  # what branches there are, and their commits


def test_repository_that_moved_is_found_where_it_is(histories: GitHistories, host: GitHost) -> None:
    host.moved["/old/name"] = f"{host.url}/owner/project/.git"
    found = histories.collect(f"{host.url}/old/name")
    assert isinstance(found, GitEvidence), found
    assert found.repository == f"{host.url}/old/name"
    assert sum(path.startswith("/old/") for path in host.asked) == 1  # git was led straight to the new place


def test_git_goes_to_the_machine_that_was_looked_at(scout: Scout, host: GitHost) -> None:
    url = f"{host.url}/owner/project/.git"
    port = urlsplit(host.url).port
    assert scout.found(address(url)) == (address(url), (f"http.curloptResolve=127.0.0.1:{port}:127.0.0.1",))


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "https://example.org/x"])
def test_redirect_to_a_host_that_is_not_allowed_is_not_followed(scout: Scout, host: GitHost, target: str) -> None:
    host.moved["/trap/name"] = target
    found = scout.found(address(f"{host.url}/trap/name"))
    assert isinstance(found, Missing)
    assert (found.kind, "is not among the hosts" in found.reason) == ("absent", True)


def test_name_of_an_inner_machine_is_not_asked(host: GitHost) -> None:
    found = Scout(Rules(frozenset({"localhost"})), 5).found(
        Address("https://localhost/a/b", "https", "localhost", is_own=False)
    )
    assert isinstance(found, Missing)
    assert "not on the public Internet" in found.reason


@pytest.mark.parametrize("status", [401, 403, 404])
def test_repository_that_nobody_may_read_is_absent(histories: GitHistories, host: GitHost, status: int) -> None:
    host.refused["/owner/secret"] = status
    url = f"{host.url}/owner/secret"
    assert histories.collect(url) == Missing(f"There is no repository {url} that everybody may read.", "absent")


def test_host_that_fails_is_asked_once(histories: GitHistories, host: GitHost) -> None:
    host.refused["/owner"] = 503
    url, netloc = f"{host.url}/owner/project", urlsplit(host.url).netloc
    advice = "A mirror of it can be named in REGISTRY_GIT_MIRRORS."
    reason = f"{netloc} could not be reached for {url}: HTTP 503. {advice}"
    assert histories.collect(url) == Missing(reason, "unavailable")
    later = f"{netloc} could not be reached. {advice} Tried 0 seconds ago."  # and nothing of whose repository it was
    assert histories.collect(f"{host.url}/owner/other") == Missing(later, "unavailable")
    assert len(host.asked) == 1


def test_host_that_is_down_is_unreached(scout: Scout) -> None:
    silent = Scout(Rules(frozenset(), frozenset({"127.0.0.1:1"})), 5)
    with pytest.raises(Unreached):
        silent.found(address("http://127.0.0.1:1/a/b"))
