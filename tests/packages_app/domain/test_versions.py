import pytest

from packages_app.domain.versions import Exact, InvalidRange, Within, parse_filter

HELD = [
    "1.0",
    "1.2.0-rc",
    "1.2.0",
    "1.2.3-beta",
    "1.2.3",
    "1.2.9",
    "1.3.0",
    "2.0.0-rc",
    "2.1.0",
    "2.1.1",
    "main",
    "0123abcd",
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.2.3", ["1.2.3"]),
        ("main", ["main"]),
        ("0123abcd", ["0123abcd"]),
        ("1.0", ["1.0"]),
        ("1.0.0", []),
        ("1.2.3-beta", ["1.2.3-beta"]),
        (" 1.2.3 ", ["1.2.3"]),
        ("1.2.3-2.1.0", ["1.2.3", "1.2.9", "1.3.0", "2.1.0"]),
        ("1.2.3 - 2.1.0", ["1.2.3", "1.2.9", "1.3.0", "2.1.0"]),
        ("1.2.3-beta-2.1.0", ["1.2.3-beta", "1.2.3", "1.2.9", "1.3.0", "2.1.0"]),
        ("1.2.3-1.2.3", ["1.2.3"]),
        ("~1.2.0", ["1.2.0", "1.2.3", "1.2.9"]),
        ("^1.2.0", ["1.2.0", "1.2.3", "1.2.9", "1.3.0"]),
        ("^1.2.0-rc", ["1.2.0-rc", "1.2.0", "1.2.3", "1.2.9", "1.3.0"]),
        ("^1", ["1.0", "1.2.0", "1.2.3", "1.2.9", "1.3.0"]),
        (">=1.2.3 <2", ["1.2.3", "1.2.9", "1.3.0"]),
        ("~1.2.9 || 2.1.1", ["1.2.9", "2.1.1"]),
        ("*", ["1.0", "1.2.0", "1.2.3", "1.2.9", "1.3.0", "2.1.0", "2.1.1"]),
        (">3 <2", []),
    ],
)
def test_filter_finds(text: str, found: list[str]) -> None:
    wanted = parse_filter(text)
    assert [version for version in HELD if wanted.matches(version)] == found


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1.2.3", Exact), ("1.2.3-2.1", Exact), ("1.2.3-2.1.0", Within), ("~1.2.0", Within), ("1.x", Exact)],
)
def test_filter_is_exact_unless_it_can_only_be_a_range(text: str, kind: type) -> None:
    assert type(parse_filter(text)) is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "^",
        "~",
        "~abc",
        ">>1",
        "1.2.3-",
        "-2.1.0",
        "^1.2.3.4",
        "~1.2.0-",
        "a b",
        "\0",
        "версия",
        "1" * 99,
    ],
)
def test_filter_refuses_with_examples(text: str) -> None:
    with pytest.raises(InvalidRange, match=r"write an exact version .*1\.2\.3-2\.1\.0.*\.$"):
        parse_filter(text)


def test_filter_refuses_bounds_the_wrong_way_round() -> None:
    with pytest.raises(
        InvalidRange, match=r"^The range 2\.1\.0-1\.2\.3 is empty: write the lower version first, 1\.2\.3-2\.1\.0\.$"
    ):
        parse_filter("2.1.0-1.2.3")
