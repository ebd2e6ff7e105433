import itertools
import random

import pytest

from packages_app.domain.names import VERSION_LENGTH, check_version
from packages_app.domain.semver import Version, sort_key

#: In the order of precedence; the second line is that of semver.org, item 11.
ORDERED = """
    0.0.0-0 0.0.0-0.0 0.0.0-1 0.0.0-a 0.0.0 0.0.1 0.1.0 0.9.0 0.10.0
    1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0
    2.0.0--- 2.0.0--1 2.0.0-A 2.0.0-Z 2.0.0-a 2.0.0-a.9 2.0.0-a.10 2.0.0-a.99999999999999999999 2.0.0-a.a
    2.0.0-a- 2.0.0-a-b 2.0.0-a0 2.0.0-a1 2.0.0-aa 2.0.0 2.0.1 2.1.0 9.0.0 10.0.0 9007199254740991.0.0
""".split()  # noqa: SIM905 - a table reads better


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.2.3", Version(1, 2, 3)),
        ("0.0.0", Version(0, 0, 0)),
        ("v1.2.3", Version(1, 2, 3)),
        ("=v1.2.3", Version(1, 2, 3)),
        (" 1.2.3\n", Version(1, 2, 3)),
        ("1.2.3-rc.1", Version(1, 2, 3, ("rc", 1))),
        ("1.2.3-0a.-", Version(1, 2, 3, ("0a", "-"))),
        ("1.2.3-rc+build.5", Version(1, 2, 3, ("rc",), "build.5")),
        ("9007199254740991.0.0", Version(9007199254740991, 0, 0)),
        *[
            (text, None)
            for text in ("", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "1.2.3-a..b", "1.2.3+", "a.b.c")
        ],
        *[
            (text, None)
            for text in ("1.2.x", "^1.2.3", "main", "1.2.3 4", "٣.2.1", "9007199254740992.0.0", "1.2.3-" + "a" * 256)
        ],
    ],
)
def test_version_parse(text: str, version: Version | None) -> None:
    assert Version.parse(text) == version


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3-rc.1.x-y", "1.2.3+b.001", "1.2.3-0+b"])
def test_version_is_written_as_it_was_read(text: str) -> None:
    assert str(Version.parse(text)) == text


def test_versions_that_differ_in_build_alone_are_equal() -> None:
    assert Version.parse("1.2.3-rc+a") == Version.parse("1.2.3-rc+b")


def test_versions_and_their_keys_have_the_order_of_precedence() -> None:
    shuffled = random.Random(1).sample(ORDERED, len(ORDERED))
    assert sorted(shuffled, key=lambda text: Version.parse(text) or Version(0, 0, 0)) == ORDERED
    assert sorted(shuffled, key=lambda text: str(sort_key(text)).encode()) == ORDERED


def test_order_is_total() -> None:
    versions = [version for text in ORDERED if (version := Version.parse(text))]
    assert all(
        (a < b, a <= b, a > b, a >= b) == (True, True, False, False) for a, b in itertools.combinations(versions, 2)
    )


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("v1.2", "1.2.0"),
        ("2024", "2024.0.0"),
        ("1.2.3+build", "1.2.3"),
        ("=1.2.3", "1.2.3"),
    ],
)
def test_sort_key_of_short_forms_is_that_of_the_whole(short: str, full: str) -> None:
    assert sort_key(short) == sort_key(full)


@pytest.mark.parametrize(
    "text", ["", "main", "a1b2c3d", "1.2.3.4", "1.2-rc", "01.2", "1.2.3_4", "2024-01-15", "99999999999999999"]
)
def test_sort_key_has_no_place_for_other_texts(text: str) -> None:
    assert sort_key(text) is None


def test_sort_key_is_plain_and_bounded() -> None:
    longest = check_version("1.2.3-" + ".".join("1" * 29) + "1")
    key = sort_key(longest)
    assert len(longest) == VERSION_LENGTH
    assert key is not None
    assert (key.isascii(), len(key) <= 230) == (True, True)
    assert sort_key("1.2.3-rc.1") == "0000000000000001.0000000000000002.00000000000000031rc!00011!"
