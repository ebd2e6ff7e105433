"""npm packages, fetched by the real npm from a registry on this machine."""

import base64
import hashlib
import random
import socket
from pathlib import Path

import pytest

from packages_app.domain.reference import Reference
from packages_app.sources.contract import Progress, Provenance, Resolved, SourceError, Unfetchable, Unreachable
from packages_app.sources.npm import Npm
from packages_app.sources.npm_client import NpmClient, npm_command
from packages_app.sources.tarball import Bounds
from tests.servers.npm_registry import NpmRegistry, running_npm_registry, tarball

BOUNDS = Bounds(files=100, bytes=10_000_000)


@pytest.fixture(autouse=True)
def _only_this_registry(npm_registry: NpmRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """npm is configured as an operator would, by its environment and a .npmrc; nothing of this machine's is read."""
    for name, value in {
        "registry": npm_registry.url,
        "fetch_retries": "0",
        "userconfig": str(tmp_path / "npmrc"),
        "globalconfig": str(tmp_path / "global"),
    }.items():
        monkeypatch.setenv(f"npm_config_{name}", value)


@pytest.fixture
def source(tmp_path: Path) -> Npm:
    return source_with(tmp_path)


def source_with(
    tmp_path: Path, *, seconds: float = 60, most_bytes: int = 10_000_000, own: frozenset[str] = frozenset()
) -> Npm:
    return Npm(NpmClient(npm_command(""), tmp_path / "npm", seconds, most_bytes, own), BOUNDS)


def fetched(source: Npm, tmp_path: Path, name: str, wanted: str | None = None) -> tuple[Resolved, dict[str, bytes]]:
    resolved = source.resolve(Reference("npm", name, wanted))
    files = source.fetch(resolved, tmp_path / "into", lambda _: None)
    return resolved, {file.path: file.at.read_bytes() for file in files}


def refusal(source: Npm, tmp_path: Path, name: str, wanted: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as refused:
        fetched(source, tmp_path, name, wanted)
    return refused.value


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, "1.10.0"),
        ("latest", "1.10.0"),
        ("next", "2.0.0"),
        ("1.9.0", "1.9.0"),
        ("^1.0.0", "1.10.0"),
        ("~1.9.0", "1.9.1"),
        (">=1", "1.10.0"),
        (">=2", "2.0.0"),
        ("<1.9.1 || >=2", "2.0.0"),
    ],
)
def test_range_means_the_version_that_npm_installs(
    npm_registry: NpmRegistry, source: Npm, wanted: str | None, expected: str
) -> None:
    for version in ("1.9.0", "1.9.1", "2.0.0", "1.10.0"):
        npm_registry.publish("plain", version)
    npm_registry.tags["plain"]["next"] = "2.0.0"
    resolved = source.resolve(Reference("npm", "plain", wanted))
    assert (resolved.name, resolved.version) == ("plain", expected)
    assert resolved.provenance == Provenance("npm", "plain", expected)


@pytest.mark.parametrize(
    ("deprecated", "wanted", "expected"),
    [
        (("2.0.0",), ">=1", "1.10.0"),
        (("2.0.0", "1.10.0"), ">=1", "1.9.0"),
        (("2.0.0", "1.10.0", "1.9.0"), "^1", "1.10.0"),
        (("2.0.0",), "latest", "2.0.0"),
    ],
)
def test_deprecated_version_is_taken_only_where_there_is_no_other(
    npm_registry: NpmRegistry, source: Npm, deprecated: tuple[str, ...], wanted: str, expected: str
) -> None:
    for version in ("1.9.0", "1.10.0", "2.0.0"):
        npm_registry.publish("plain", version)
    npm_registry.deprecated = {("plain", version): "Use another." for version in deprecated}
    assert source.resolve(Reference("npm", "plain", wanted)).version == expected


def test_scoped_package_arrives_without_its_first_folder(
    npm_registry: NpmRegistry, source: Npm, tmp_path: Path
) -> None:
    npm_registry.publish("@scope/name", "1.0.0", {"index.js": "x", "lib/a.js": b"\xff"})
    resolved, files = fetched(source, tmp_path, "@scope/name", "^1.0.0")
    assert (resolved.name, resolved.version) == ("@scope/name", "1.0.0")
    assert files == {
        "package.json": b'{"name": "@scope/name", "version": "1.0.0"}',
        "index.js": b"x",
        "lib/a.js": b"\xff",
    }


def test_progress_is_told_in_files_and_bytes(npm_registry: NpmRegistry, source: Npm, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0", {"a.js": "a" * 100, "b.js": "b" * 200})
    told: list[Progress] = []
    resolved = source.resolve(Reference("npm", "plain"))
    source.fetch(resolved, tmp_path / "into", told.append)
    size = sum(npm_registry.sizes["plain", "1.0.0"])
    assert resolved.unpacked == (3, size)
    assert (told[0], told[-1]) == (Progress(0, 3, 0, size), Progress(3, 3, size, size))
    assert [one.bytes_done for one in told] == sorted(one.bytes_done for one in told)


def test_operators_npmrc_holds(npm_registry: NpmRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scope of its own registry, with a token."""
    npm_registry.publish("@private/name", "1.0.0")
    npm_registry.token = "npm_secret"
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    assert refusal(source_with(tmp_path), tmp_path, "@private/name").code == "source_unreachable"
    host = npm_registry.url.removeprefix("http:")
    (tmp_path / "npmrc").write_text(f"@private:registry={npm_registry.url}\n{host}/:_authToken=${{NPM_TOKEN}}\n")
    assert refusal(source_with(tmp_path), tmp_path, "@private/name").code == "not_allowed"
    monkeypatch.setenv("NPM_TOKEN", "npm_secret")
    assert set(fetched(source_with(tmp_path), tmp_path, "@private/name")[1]) == {"package.json"}


def test_scripts_never_run(npm_registry: NpmRegistry, source: Npm, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    scripts = dict.fromkeys(["preinstall", "install", "postinstall", "prepare", "prepack", "postpack"], f"touch {mark}")
    npm_registry.publish("loud", "1.0.0", scripts=scripts)
    fetched(source, tmp_path, "loud")
    assert not mark.exists()


def test_wrong_integrity_is_refused(npm_registry: NpmRegistry, source: Npm, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0")
    other = base64.b64encode(hashlib.sha512(b"other").digest()).decode()
    npm_registry.integrity["plain", "1.0.0"] = f"sha512-{other}"
    error = refusal(source, tmp_path, "plain")
    assert (type(error), error.code) == (Unfetchable, "integrity")


@pytest.mark.parametrize(("path", "scheme"), [("plain", "https"), ("plain/-/plain-1.0.0.tgz", "http")])
def test_npm_is_led_to_no_host_that_is_not_allowed(
    npm_registry: NpmRegistry, source: Npm, tmp_path: Path, path: str, scheme: str
) -> None:
    npm_registry.publish("plain", "1.0.0")
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        npm_registry.redirects[path] = f"{scheme}://127.0.0.1:{elsewhere.getsockname()[1]}/{path}"
        error = refusal(source, tmp_path, "plain")
        assert (type(error), error.code) == (Unfetchable, "blocked")
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_npm_is_led_to_a_host_of_the_operators(npm_registry: NpmRegistry, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0")
    with running_npm_registry() as other:
        other.publish("plain", "1.0.0")
        path = "plain/-/plain-1.0.0.tgz"
        npm_registry.redirects[path] = f"{other.url}/{path}"
        allowing = source_with(tmp_path, own=frozenset({other.url.removeprefix("http://")}))
        assert set(fetched(allowing, tmp_path, "plain")[1]) == {"package.json"}


@pytest.mark.parametrize("variable", ["npm_config_proxy", "http_proxy"])
def test_operators_proxy_is_asked(
    npm_registry: NpmRegistry, source: Npm, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    npm_registry.publish("plain", "1.0.0")
    monkeypatch.setenv(variable, npm_registry.url)
    monkeypatch.setenv("no_proxy", "[::1]")
    monkeypatch.setenv("npm_config_registry", "http://registry.example/")
    with pytest.raises(SourceError):
        source.resolve(Reference("npm", "plain"))
    assert [path for path, _ in npm_registry.asked] == ["http://registry.example/plain"]


def test_tarball_changed_on_this_disk_is_refused(npm_registry: NpmRegistry, source: Npm, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0")
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "package.tgz").write_bytes(tarball({"package/package.json": "{}"}))
    assert refusal(source, tmp_path, "plain").code == "integrity"
    assert set(fetched(source, tmp_path, "plain")[1]) == {"package.json"}


@pytest.mark.parametrize(("name", "wanted", "code"), [("none", None, "source_not_found"), ("plain", "^9", "revision_not_found"),
                                                      ("plain", "beta", "revision_not_found")])  # fmt: skip
def test_what_is_not_there_says_so(
    npm_registry: NpmRegistry, source: Npm, tmp_path: Path, name: str, wanted: str | None, code: str
) -> None:
    npm_registry.publish("plain", "1.0.0")
    error = refusal(source, tmp_path, name, wanted)
    assert (type(error), error.code) == (Unfetchable, code)


def test_npm_that_takes_too_long_is_ended(npm_registry: NpmRegistry, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0")
    error = refusal(source_with(tmp_path, seconds=0), tmp_path, "plain")
    assert (type(error), error.code) == (Unreachable, "source_unreachable")


def test_package_larger_than_allowed_is_refused(npm_registry: NpmRegistry, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0", {"noise.bin": random.Random(1).randbytes(2_000_000)})
    error = refusal(source_with(tmp_path, most_bytes=1_000_000), tmp_path, "plain")
    assert (type(error), error.code) == (Unfetchable, "too_large")


def test_what_tell_raises_ends_npm(npm_registry: NpmRegistry, source: Npm, tmp_path: Path) -> None:
    npm_registry.publish("plain", "1.0.0")
    resolved = source.resolve(Reference("npm", "plain"))

    def lost(_: object) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        source.fetch(resolved, tmp_path / "into", lost)
