"""Models fetched from a server that speaks as the Hub does, well and badly."""

import hashlib
import json
from pathlib import Path

import pytest

from packages_app.domain.reference import Reference
from packages_app.sources.contract import (
    Progress,
    Provenance,
    RemoteFile,
    Resolved,
    SourceError,
    Unfetchable,
    Unreachable,
)
from tests.packages_app.sources.conftest import SOON, hub_source
from tests.servers.hub import Fault, Hub, Repository, git_hash

WEIGHTS = bytes(range(256)) * 4000
FILES = {"README.md": b"# Model", "config.json": b"{}", "model.safetensors": WEIGHTS, "notes/empty.txt": b""}
NAME = "org/model"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    hub.models[NAME] = Repository(dict(FILES), tags=("v1.2.0",))
    return hub


def fetched(
    hub: Hub, into: Path, *, token: str | None = None, name: str = NAME
) -> tuple[dict[str, bytes], list[Progress]]:
    """The files by path, and what was told on the way."""
    source, told = hub_source(hub, token=token), list[Progress]()
    files = source.fetch(source.resolve(Reference("huggingface", name)), into, told.append)
    return {file.path: file.at.read_bytes() for file in files}, told


def refusal(
    hub: Hub, into: Path, *, token: str | None = None, name: str = NAME, wanted: str | None = None
) -> SourceError:
    source = hub_source(hub, token=token)
    with pytest.raises(SourceError) as refused:
        source.fetch(source.resolve(Reference("huggingface", name, wanted)), into, lambda _: None)
    return refused.value


def test_reference_means_one_commit_its_version_and_its_files(hub: Hub) -> None:
    commit = hub.models[NAME].commit
    assert hub_source(hub).resolve(Reference("huggingface", NAME)) == Resolved(
        NAME,
        "1.2.0",
        Provenance("huggingface", NAME, commit),
        (
            RemoteFile("README.md", 7, git_sha1=git_hash(b"# Model")),
            RemoteFile("config.json", 2, git_sha1=git_hash(b"{}")),
            RemoteFile("model.safetensors", len(WEIGHTS), sha256=hashlib.sha256(WEIGHTS).hexdigest()),
            RemoteFile("notes/empty.txt", 0, git_sha1=git_hash(b"")),
        ),
    )


@pytest.mark.parametrize(
    ("tags", "wanted", "expected"),
    [
        ((), None, None),
        (("latest", "release"), None, None),
        (("v1.2.0",), None, "1.2.0"),
        (("1.2.0",), "main", "1.2.0"),
        (("v1.9.0", "v1.10.0"), None, "1.10.0"),
        (("v1.9.0", "v1.10.0"), "v1.9.0", "1.9.0"),
        (("v2", "v1.0.0"), None, "1.0.0"),
        (("v2",), None, "2"),
        (("v2.0.0-rc.1", "v2.0.0"), None, "2.0.0"),
    ],
)
def test_version_is_a_tag_of_the_commit_or_its_beginning(
    hub: Hub, tags: tuple[str, ...], wanted: str | None, expected: str | None
) -> None:
    hub.models[NAME].tags = tags
    resolved = hub_source(hub).resolve(Reference("huggingface", NAME, wanted))
    assert resolved.version == (expected or hub.models[NAME].commit[:12])


@pytest.mark.parametrize("former", ["model", "former/model"])
def test_model_that_has_moved_has_the_name_it_has_now(hub: Hub, tmp_path: Path, former: str) -> None:
    hub.moved[former] = NAME
    resolved = hub_source(hub).resolve(Reference("huggingface", former, "v1.2.0"))
    assert (resolved.name, resolved.provenance.identity) == (NAME, NAME)
    assert fetched(hub, tmp_path, name=former)[0] == FILES


def test_tree_of_several_pages_is_read_whole(hub: Hub) -> None:
    hub.page_size = 2
    assert [file.path for file in hub_source(hub).resolve(Reference("huggingface", NAME)).files] == sorted(FILES)


def test_files_arrive_and_progress_is_told(hub: Hub, tmp_path: Path) -> None:
    files, told = fetched(hub, tmp_path)
    assert files == FILES
    total = sum(map(len, FILES.values()))
    assert told[-1] == Progress(4, 4, total, total)
    assert [one.bytes_done for one in told] == sorted(one.bytes_done for one in told)


def test_token_goes_to_the_hub_and_not_to_the_host_of_large_files(hub: Hub, tmp_path: Path) -> None:
    hub.models[NAME].access = "private"
    files, _ = fetched(hub, tmp_path, token=hub.token)
    assert (files, hub.large_tokens) == (FILES, [None])


@pytest.mark.parametrize(
    ("access", "token", "code", "says"),
    [
        ("private", None, "source_not_found", "or it is private: then set HF_TOKEN"),
        ("foreign", "hf_secret", "source_not_found", "or it is private: then HF_TOKEN may not see it"),
        ("private", "wrong", "not_allowed", "renew HF_TOKEN"),
        (
            "gated",
            None,
            "gated",
            "is gated: its licence has to be accepted there by the account of HF_TOKEN, and HF_TOKEN",
        ),
        ("public", "wrong", "not_allowed", "renew HF_TOKEN"),
    ],
)
def test_what_may_not_be_seen_says_so(
    hub: Hub, tmp_path: Path, access: str, token: str | None, code: str, says: str
) -> None:
    hub.models[NAME].access = access
    error = refusal(hub, tmp_path, token=token)
    assert (type(error), error.code, says in error.detail) == (Unfetchable, code, True)


@pytest.mark.parametrize(
    ("name", "wanted", "code"), [("org/none", None, "source_not_found"), (NAME, "none", "revision_not_found")]
)
def test_what_is_not_there_says_so(hub: Hub, tmp_path: Path, name: str, wanted: str | None, code: str) -> None:
    assert refusal(hub, tmp_path, name=name, wanted=wanted).code == code


@pytest.mark.parametrize("path", [f"/api/models/{NAME}", "README.md", "model.safetensors"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failures_are_borne(hub: Hub, tmp_path: Path, path: str, status: int) -> None:
    hub.faults[path] += [Fault(status=status, headers={"Retry-After": "0"})] * (SOON.attempts - 1)
    assert fetched(hub, tmp_path)[0] == FILES


@pytest.mark.parametrize("status", [429, 503])
def test_failures_that_last_can_be_retried_later(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.faults["README.md"] += [Fault(status=status)] * 20
    error = refusal(hub, tmp_path)
    assert (type(error), error.code) == (Unreachable, "source_busy")


def test_cut_file_goes_on_where_it_was_cut(hub: Hub, tmp_path: Path) -> None:
    # The redirect is answered in full each time, the file behind it is not.
    hub.faults["/model.safetensors"] += [Fault(), Fault(cut=300_000), Fault(), Fault(cut=500_000)]
    files, _ = fetched(hub, tmp_path)
    assert files == FILES
    first, *later = hub.ranges_of("?signature=1")
    starts = [int((found or "bytes=0-").removeprefix("bytes=").rstrip("-")) for found in later]
    assert (first, len(starts), sorted(starts)) == (None, 2, starts)
    assert starts[0] > 0


def test_file_goes_on_after_the_process_died(hub: Hub, tmp_path: Path) -> None:
    source = hub_source(hub)
    resolved = source.resolve(Reference("huggingface", NAME))

    def dies(progress: Progress) -> None:
        if progress.bytes_done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        source.fetch(resolved, tmp_path, dies)
    hub.asked.clear()
    files = hub_source(hub).fetch(resolved, tmp_path, lambda _: None)
    assert {file.path: file.at.read_bytes() for file in files} == FILES
    (again,) = hub.ranges_of("?signature=1")
    assert again is not None
    assert int(again.removeprefix("bytes=").rstrip("-")) > 500_000 - 300_000
    assert hub.ranges_of("README.md") == []


def test_server_without_ranges_starts_the_file_over(hub: Hub, tmp_path: Path) -> None:
    hub.ignores_ranges = True
    hub.faults["/model.safetensors"] += [Fault(), Fault(cut=300_000)]
    assert fetched(hub, tmp_path)[0] == FILES


@pytest.mark.parametrize("path", ["README.md", "model.safetensors"])
def test_other_bytes_than_promised_are_refused(hub: Hub, tmp_path: Path, path: str) -> None:
    body = bytes(len(FILES[path]))
    hub.faults[f"/{path}"] += [Fault(body=body)] * 20
    error = refusal(hub, tmp_path)
    assert (type(error), error.code) == (Unfetchable, "integrity")
    assert not [left for left in tmp_path.iterdir() if left.suffix == ".part"]


def test_one_bad_copy_is_fetched_once_more(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/README.md"].append(Fault(body=b"# Other"))
    assert fetched(hub, tmp_path)[0] == FILES


def test_more_bytes_than_promised_are_refused(hub: Hub, tmp_path: Path) -> None:
    hub.faults["/README.md"] += [Fault(body=bytes(5_000_000))] * 20
    assert refusal(hub, tmp_path).code == "integrity"


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest/meta-data", "https://evil.example/x"]
)
@pytest.mark.parametrize("path", [f"/api/models/{NAME}", "/README.md", "/model.safetensors"])
def test_redirects_out_of_bounds_are_refused(hub: Hub, tmp_path: Path, path: str, target: str) -> None:
    hub.faults[path].append(Fault(redirect=target))
    error = refusal(hub, tmp_path)
    assert (type(error), error.code) == (Unfetchable, "blocked")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="deep"),
        b"no json",
        b"[]",
        b"{}",
        b'{"id": "org/model", "sha": null}',
        b'{"id": 7, "sha": 7}',
    ],
)
def test_answers_that_make_no_sense_are_refused(hub: Hub, tmp_path: Path, body: bytes) -> None:
    hub.answers[f"/api/models/{NAME}"] = body
    error = refusal(hub, tmp_path)
    assert (type(error), error.code) == (Unfetchable, "bad_answer")


@pytest.mark.parametrize(
    "file",
    [
        {"path": "a", "size": 1, "oid": ""},
        {"path": "a", "size": 1, "oid": "0" * 64},
        {"path": "a", "size": -1, "oid": "0" * 40},
        {"path": "a", "size": "1", "oid": "0" * 40},
        {"path": "a", "size": 1, "oid": "0" * 40, "lfs": {"oid": "", "size": 1, "pointerSize": 1}},
        {"path": "a", "size": 1, "oid": "0" * 40, "lfs": {"oid": "0" * 64, "size": None, "pointerSize": 1}},
    ],
)
def test_file_of_which_nothing_is_promised_is_refused(hub: Hub, tmp_path: Path, file: dict[str, object]) -> None:
    tree = f"/api/models/{NAME}/tree/{hub.models[NAME].commit}"
    hub.answers[tree] = json.dumps([{"type": "file"} | file]).encode()
    assert refusal(hub, tmp_path).code == "bad_answer"


@pytest.mark.parametrize(("most_bytes", "most_files"), [(1000, 1000), (10**9, 2)])
def test_limits_hold_before_anything_is_fetched(hub: Hub, most_bytes: int, most_files: int) -> None:
    with pytest.raises(Unfetchable) as refused:
        hub_source(hub, most_bytes=most_bytes, most_files=most_files).resolve(Reference("huggingface", NAME))
    assert refused.value.code == "too_large"
    assert hub.ranges_of("README.md") == []


def test_empty_model_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.models[NAME].files = {}
    assert refusal(hub, tmp_path).code == "empty"


def test_hub_that_is_down_is_unreachable(tmp_path: Path) -> None:
    down = Hub(url="http://127.0.0.1:9", large_url="http://127.0.0.1:9")
    error = refusal(down, tmp_path)
    assert (type(error), error.code) == (Unreachable, "source_unreachable")
