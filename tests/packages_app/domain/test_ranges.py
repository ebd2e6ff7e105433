import json
from pathlib import Path

import pytest

from packages_app.domain.ranges import parse_range
from packages_app.domain.semver import Version
from packages_app.domain.versions import InvalidRange

NODE = json.loads(Path(__file__).with_name("node_semver.json").read_text())
VALID = [outcome for outcome in NODE["outcomes"] if outcome[1] is not None]
INVALID = [outcome[0] for outcome in NODE["outcomes"] if outcome[1] is None]
VERSIONS = NODE["versions"]


def bits(answers: list[bool]) -> str:
    return "".join(str(int(answer)) for answer in answers)


@pytest.mark.parametrize(("text", "_", "included", "included_with_prereleases"), VALID)
def test_range_includes_what_node_semver_does(text: str, _: str, included: str, included_with_prereleases: str) -> None:
    asked = parse_range(text)
    assert bits([asked.includes(version) for version in VERSIONS]) == included
    assert bits([asked.includes(version, include_prerelease=True) for version in VERSIONS]) == included_with_prereleases


@pytest.mark.parametrize(("text", "written_out"), [outcome[:2] for outcome in VALID])
def test_range_is_written_out_as_node_semver_does(text: str, written_out: str) -> None:
    assert str(parse_range(text)) == written_out


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("1.2 - v 2.3", ">=1.2.0 <2.4.0-0"),
        ("v 1 - 2.0.0", ">=1.0.0 <=2.0.0"),
        ("v x - v 1", "<2.0.0-0"),
        (">=9007199254740991", ">=9007199254740991.0.0"),
        (">=1.9007199254740991", ">=1.9007199254740991.0"),
        ("<9007199254740991", "<9007199254740991.0.0-0"),
    ],
)
def test_range_at_the_edge_of_the_grammar_is_read(text: str, written_out: str) -> None:
    assert str(parse_range(text)) == written_out


@pytest.mark.parametrize(
    "text",
    [
        "v 1.2.3 - 2",
        "== 1",
        ">== 1.2.3",
        ">= = 1",
        "~> = 1",
        "v= 1",
        "1 - v 2.0.0",
        "9007199254740991",
        ">9007199254740991",
        "<=1.9007199254740991",
        ">=9007199254740992",
    ],
)
def test_range_beyond_the_edge_of_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidRange):
        parse_range(text)


@pytest.mark.parametrize("text", INVALID)
def test_range_refuses_what_node_semver_does(text: str) -> None:
    with pytest.raises(InvalidRange, match="is not a range of versions"):
        parse_range(text)


def test_range_of_any_length_is_answered() -> None:
    with pytest.raises(
        InvalidRange, match=r"^A range of versions has at most 1,000 characters; this one has 40,000\.$"
    ):
        parse_range("^1.2.3||" * 5_000)


@pytest.mark.parametrize("version", ["", "main", "1.2", "not a version", "9" * 40])
def test_range_includes_no_text_that_is_not_a_version(version: str) -> None:
    assert not parse_range("*").includes(version)


@pytest.mark.parametrize(("text", "_", "included", "__"), VALID)
def test_intervals_hold_the_keys_of_what_the_comparators_do(text: str, _: str, included: str, __: str) -> None:
    asked = parse_range(text)
    versions = [Version.parse(version) for version in VERSIONS]
    keys = [version.key for version in versions if version]
    assert bits([any(interval.admits(key) for interval in asked.intervals) for key in keys]) == included


@pytest.mark.parametrize(
    "text",
    [
        "^0.2.3", "~2.3", "~2.3.1", "2.3.x", "2.3.*", "2.3", "2.3 - 2.3", "1.2.3", "=1.2.3", "v1.2.3", "1.2.3-rc.1",
        "~1.2.3-rc.1",
        ">=2.3.0 <2.4.0", ">=2.3.0 <2.4.0-0", ">=2.3.1 <=2.3.9", "2.3.1 - 2.3.9", "2.3.1 || ~2.3.4", "~2.3 || >3 <2",
        "^0.0.3", "^0.0", "<0.1.0", "<=0.0.9", "~0.0", "~2.3 >=1", ">=2.4.0-beta <2.4.0", "1.2.3+build",
    ],
)  # fmt: skip
def test_range_within_one_minor_is_pinned(text: str) -> None:
    assert parse_range(text).within_one_minor()


@pytest.mark.parametrize(
    "text",
    [
        "*", "", "x", "~2", "2", "2.x", "^1.2.3", "^2", "^0", "~0", ">=2.3.0", ">2.3.0", "<2.3.0", "<=2.3.0", "<1",
        ">=2.3.0 <2.5.0", ">=2.3.0 <=2.4.0", ">=2.3.0 <2.4.0-rc", "2.3.1 || 2.4.1", "~2.3 || ~3.3", "~2.3 || *",
        "2.3 - 2.4", "1.3.0 - 2.3.0", "<2.3.0 >=1.3.0", ">3 <2", ">x", "1.x || >=2.3.0 <2.4.0",
    ],
)  # fmt: skip
def test_range_beyond_one_minor_is_not_pinned(text: str) -> None:
    assert not parse_range(text).within_one_minor()
