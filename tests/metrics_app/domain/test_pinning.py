from typing import Literal

import pytest

from metrics_app.domain.evidence import ArchiveEvidence, Dependency
from metrics_app.domain.pinning import score, verdict
from metrics_app.domain.result import Status

Group = Literal["prod", "optional", "dev", "peer", "extra"]
Ecosystem = Literal["npm", "pypi", "poetry"]
HASH = "0123456789abcdef0123456789abcdef01234567"


def dependency(spec: str, group: Group = "prod", name: str = "", ecosystem: Ecosystem = "npm") -> Dependency:
    return Dependency(name or f"{group} {spec}", spec, group, ecosystem, "package.json")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("1.2.3", "pinned"),
        ("=1.2.3", "pinned"),
        ("v1.2.3", "pinned"),
        ("1.2.3-beta.1", "pinned"),
        ("1.2", "pinned"),
        ("1.2.x", "pinned"),
        ("1.2.*", "pinned"),
        ("~1.2.3", "pinned"),
        ("~1.2", "pinned"),
        ("~2", "loose"),
        ("^0.2.3", "pinned"),
        ("^0.0.3", "pinned"),
        ("^0.2", "pinned"),
        ("^0", "loose"),
        ("^1.2.3", "loose"),
        ("1", "loose"),
        ("1.x", "loose"),
        ("*", "loose"),
        ("", "loose"),
        ("x", "loose"),
        (">=1.2.3", "loose"),
        (">=1.2.3 <1.3.0", "pinned"),
        (">=1.2.3 <1.4.0", "loose"),
        ("1.2.3 - 1.2.9", "pinned"),
        ("1.2.3 - 1.3.0", "loose"),
        ("1.2.3 || 1.2.5", "pinned"),
        ("1.2.3 || 1.3.0", "loose"),
        ("<1.0.0", "loose"),
        ("latest", "unparsable"),
        ("next", "unparsable"),
        ("not a range", "unparsable"),
        ("catalog:", "unparsable"),
        ("file:../sibling", "left_out"),
        ("link:../sibling", "left_out"),
        ("portal:../sibling", "left_out"),
        ("workspace:^", "left_out"),
        ("workspace:1.2.3", "left_out"),
        ("../sibling", "left_out"),
        ("./sibling", "left_out"),
        ("~/sibling", "left_out"),
        ("npm:other@1.2.3", "pinned"),
        ("npm:@scope/other@~1.2.3", "pinned"),
        ("npm:other@^1.2.3", "loose"),
        ("npm:other", "loose"),
        ("npm:@scope/other", "loose"),
        (f"git+https://github.com/org/name.git#{HASH}", "pinned"),
        (f"git://github.com/org/name.git#{HASH}", "pinned"),
        (f"git+ssh://git@github.com/org/name.git#{HASH.upper()}", "pinned"),
        (f"https://github.com/org/name.git#{HASH}", "pinned"),
        (f"git@github.com:org/name.git#{HASH}", "pinned"),
        (f"github:org/name#{HASH}", "pinned"),
        (f"org/name#{HASH}", "pinned"),
        (f"org/name#{HASH[:12]}", "loose"),
        (f"org/name#{HASH}0", "loose"),
        ("org/name#v1.2.3", "loose"),
        ("org/name#semver:1.2.3", "loose"),
        ("org/name", "loose"),
        ("github:org/name", "loose"),
        ("git+https://github.com/org/name.git", "loose"),
        ("https://example.org/name-1.2.3.tgz", "unparsable"),
    ],
)
def test_verdict_on_npm_ranges(spec: str, expected: str) -> None:
    assert verdict(dependency(spec)) == expected


@pytest.mark.parametrize(
    ("spec", "ecosystem", "expected"),
    [
        ("==1.2.3", "pypi", "pinned"),
        ("~=1.2", "pypi", "loose"),
        ("", "pypi", "loose"),
        ("^1.2", "pypi", "unparsable"),
        (f"git+https://github.com/org/name.git@{HASH}", "pypi", "pinned"),
        (f"git+https://github.com/org/name.git@{HASH}#egg=name", "pypi", "pinned"),
        ("git+https://github.com/org/name.git@main", "pypi", "loose"),
        ("https://example.org/name.whl", "pypi", "unparsable"),
        ("file:./name", "pypi", "left_out"),
        ("^0.2.3", "poetry", "pinned"),
        ("^1.2.3", "poetry", "loose"),
        ("1.2.3", "poetry", "pinned"),
        ("*", "poetry", "loose"),
        ("whatever", "poetry", "unparsable"),
    ],
)
def test_verdict_on_python_requirements(spec: str, ecosystem: Ecosystem, expected: str) -> None:
    assert verdict(dependency(spec, ecosystem=ecosystem)) == expected


@pytest.mark.parametrize(
    ("dependencies", "value"),
    [
        ((dependency("1.2.3"),), 1.0),
        ((dependency("^1.2.3"),), 0.0),
        ((dependency("1.2.3"), dependency("^1.2.3")), 0.5),
        ((dependency("1.2.3"), dependency("^1.0.0", "optional")), 0.5),
        ((dependency("1.2.3"), dependency("^1.0.0", "dev"), dependency("*", "peer"), dependency("*", "extra")), 1.0),
        ((dependency("1.2.3"), dependency("file:../a"), dependency("workspace:*")), 1.0),
        ((dependency("1.2.3"), dependency("latest")), 0.5),
        # In both groups: npm keeps the optional one.
        ((dependency("^1.0.0", "prod", "a"), dependency("1.2.3", "optional", "a")), 1.0),
        # Said twice.
        ((dependency("1.2.3"), dependency("^1.0.0", name="a"), dependency("^1.0.0", name="a")), 0.5),
    ],
)
def test_score_is_the_share_of_pinned_dependencies(dependencies: tuple[Dependency, ...], value: float) -> None:
    result = score(ArchiveEvidence(kind="npm", dependencies=dependencies))
    assert (result.value, result.status) == (value, Status.MEASURED)


@pytest.mark.parametrize(
    "dependencies", [(), (dependency("^1.0.0", "dev"),), (dependency("*", "peer"),), (dependency("file:../a"),)]
)
def test_nothing_to_pin_is_vacuous(dependencies: tuple[Dependency, ...]) -> None:
    result = score(ArchiveEvidence(kind="npm", dependencies=dependencies))
    assert (result.value, result.status) == (1.0, Status.VACUOUS)


def test_lock_file_pins_all() -> None:
    loose = (dependency("*"), dependency("latest"))
    result = score(ArchiveEvidence(kind="npm", dependencies=loose, lock_files=("npm-shrinkwrap.json",)))
    assert (result.value, result.flags) == (1.0, ("locked",))


def test_evidence_lists_each_dependency_and_the_others_apart() -> None:
    result = score(
        ArchiveEvidence(kind="npm", dependencies=(dependency("^1.2.3", name="a"), dependency("*", "dev", "b")))
    )
    shown = {"name": "a", "range": "^1.2.3", "group": "prod", "verdict": "loose", "source": "package.json"}
    apart = {"name": "b", "range": "*", "group": "dev", "verdict": "loose", "source": "package.json"}
    assert result.evidence == {"dependencies": [shown], "apart": {"dev": [apart]}, "lock_files": []}
    assert result.advice == "Pin to one minor version, like ~1.2.3: a (^1.2.3)."
