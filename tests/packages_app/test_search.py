"""Finding packages: what each condition finds, alone and together, and what it refuses."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.errors import Refused
from packages_app.errors import BadRegex, RegexTooExpensive
from packages_app.models import ConfusionFinding, File, Package
from packages_app.queries.search import Criteria, packages_matching
from registry_project.metadata import metadata_of
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def names(limit: int = 50, **criteria: Any) -> list[str]:
    page = packages_matching(Criteria(**criteria), offset=0, limit=limit)
    return sorted(f"{package.name} {package.version}" for package in page.packages)


@pytest.fixture
def shelf() -> None:
    PackageFactory.create(
        name="org/Whale", version="1.2.3", card="Transcribes the songs of whales.", kind="model", license="MIT"
    )
    PackageFactory.create(name="org/whale", version="2.0.0", card="Sings.", net_score=0.9)
    PackageFactory.create(name="org/whale", version="2.1.0-beta.1", card="Sings better.", net_score=0.4)
    PackageFactory.create(name="@sea/100%_shell", version="0.2.5", card="", kind="npm", license="Apache-2.0 OR MIT")
    PackageFactory.create(name="org/hidden", version="1.0.0", status="pending")
    PackageFactory.create(name="org/frozen", version="deadbeefcafe", is_sensitive=True)


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"name": "WHALE"}, ["org/Whale 1.2.3", "org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"name": "100%_s"}, ["@sea/100%_shell 0.2.5"]),
        ({"name": "hidden"}, []),
        ({"name": "nothing"}, []),
        ({"version": "2.0.0"}, ["org/whale 2.0.0"]),
        ({"version": "deadbeefcafe"}, ["org/frozen deadbeefcafe"]),
        ({"version": "1.2.3-2.1.0"}, ["org/Whale 1.2.3", "org/whale 2.0.0"]),
        ({"version": "~0.2.0"}, ["@sea/100%_shell 0.2.5"]),
        ({"version": "^1.0.0"}, ["org/Whale 1.2.3"]),
        ({"version": "^2.1.0-alpha"}, ["org/whale 2.1.0-beta.1"]),
        ({"version": "2.1.0-beta.1"}, ["org/whale 2.1.0-beta.1"]),
        ({"regex": "^org/w"}, ["org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"regex": "songs? of"}, ["org/Whale 1.2.3"]),
        ({"regex": "(?i)WHALE$"}, ["org/Whale 1.2.3", "org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"regex": "^.$"}, []),
        ({"query": "singing"}, ["org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"query": "song -sings"}, ["org/Whale 1.2.3"]),
        ({"name": "whale", "version": "^2.0.0", "regex": "Sings", "query": "sing"}, ["org/whale 2.0.0"]),
        ({"query": "whal"}, ["org/Whale 1.2.3", "org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"query": "HALE org"}, ["org/Whale 1.2.3", "org/whale 2.0.0", "org/whale 2.1.0-beta.1"]),
        ({"query": "100%_s"}, ["@sea/100%_shell 0.2.5"]),
        ({"query": "whal zebra"}, []),
        ({"query": "whal -zebra"}, []),
        ({"query": '"whal"'}, []),
        ({"query": "wh"}, []),
        ({"query": "whal " * 9}, []),
        ({"query": "hidden"}, []),
        ({"query": "whal", "kind": "npm"}, []),
        ({"kind": "npm"}, ["@sea/100%_shell 0.2.5"]),
        ({"license": "mit"}, ["@sea/100%_shell 0.2.5", "org/Whale 1.2.3"]),
        ({"min_net_score": 0.5}, ["org/whale 2.0.0"]),
        ({"is_sensitive": True}, ["org/frozen deadbeefcafe"]),
        ({"name": "", "version": "", "regex": "", "query": ""}, None),
        ({}, None),
    ],
)
def test_search_finds(shelf: None, criteria: dict[str, Any], found: list[str] | None) -> None:
    everything = [
        "@sea/100%_shell 0.2.5",
        "org/Whale 1.2.3",
        "org/frozen deadbeefcafe",
        "org/whale 2.0.0",
        "org/whale 2.1.0-beta.1",
    ]
    assert names(**criteria) == (everything if found is None else found)


@pytest.mark.parametrize(
    ("flag", "found"),
    [
        ("looks_like_another", ["org/twin 1.0.0"]),
        ("unusual_downloads", ["org/rushed 1.0.0"]),
        ("suspicious", ["org/odd 1.0.0"]),
        ("malicious", []),
    ],
)
def test_search_finds_what_is_flagged_as_its_metadata_says(flag: str, found: list[str]) -> None:
    likeness, reason = {"reason": "…", "lookalike": "org/model"}, {"reason": "…"}
    for name, details, state in (
        ("org/twin", likeness, "confirmed"),
        ("org/twin", likeness, "open"),
        ("org/cleared", likeness, "dismissed"),
        ("org/rushed", reason, "open"),
    ):
        package = Package.objects.filter(name=name).first() or PackageFactory.create(name=name)
        ConfusionFinding.objects.create(package=package, severity="low", details=details, state=state)
    odd = PackageFactory.create(name="org/odd")
    for path, verdict in (("a", "suspicious"), ("b", "suspicious"), ("c", "clean")):
        File.objects.create(package=odd, path=path, verdict=verdict, size=1, offset=0, compressed_size=1)
    assert names(flag=flag) == found
    assert found == [
        f"{each.name} {each.version}"
        for each in Package.objects.order_by("name")
        if flag in metadata_of(each.pk)["flags"]
    ]


def test_newest_only_gives_one_version_of_each_name(shelf: None) -> None:
    for version in ("main", "dev", "2.1.0-beta.1+again"):
        PackageFactory.create(name="org/whale", version=version)
    PackageFactory.create(name="org/frozen", version="main")
    PackageFactory.create(name="org/whale", version="9.0.0", status="pending")
    assert names(newest_only=True) == [
        "@sea/100%_shell 0.2.5",
        "org/Whale 1.2.3",
        "org/frozen main",
        "org/whale 2.1.0-beta.1+again",
    ]
    assert names(newest_only=True, version="2.0.0") == []


def test_names_come_before_mentions() -> None:
    PackageFactory.create(name="openai/whisper-tiny")
    PackageFactory.create(name="org/listener", card="Like whisper, but whisper whisper.")
    PackageFactory.create(name="org/fast-whispering", card="A whisper.")
    found = packages_matching(Criteria(query="whisper"), offset=0, limit=50)
    assert [package.name for package in found.packages] == [
        "org/fast-whispering",
        "openai/whisper-tiny",
        "org/listener",
    ]
    assert (found.total, found.total_is_exact) == (3, True)


def test_name_is_not_lost_among_mentions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages_app.queries.search._RANKED_AMONG", 2)
    PackageFactory.create(name="org/whisper")
    for _ in range(4):
        PackageFactory.create(card="Not a whisper.")
    pages = packages_matching(Criteria(query="whisper"), offset=0, limit=2)
    assert [package.name for package in pages.packages][:1] == ["org/whisper"]
    assert pages.total == 5


@pytest.mark.parametrize(
    ("criteria", "error"),
    [
        ({"version": ">>1"}, Refused),
        ({"version": "2.0.0-1.0.0"}, Refused),
        ({"regex": "("}, BadRegex),
        ({"regex": "[z-a]"}, BadRegex),
        ({"regex": r"(a)\1"}, BadRegex),
        ({"regex": "a" * 10_000}, BadRegex),
        ({"regex": "((a{1,255}){1,255}){1,255}"}, BadRegex),
    ],
)
def test_search_refuses(shelf: None, criteria: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        packages_matching(Criteria(**criteria), offset=0, limit=50)


def test_expensive_regex_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages_app.queries.search._REGEX_MILLISECONDS", 20)
    for number in range(20):
        PackageFactory.create(name=f"slow/{number}", card="ab" * 200_000)
    started = time.monotonic()
    with pytest.raises(RegexTooExpensive):
        packages_matching(Criteria(regex="(a|b)*c(a|b)*d$"), offset=0, limit=50)
    assert time.monotonic() - started < 5


def test_pages_follow_one_another(shelf: None) -> None:
    seen, cursor = [], None
    while True:
        page = packages_matching(Criteria(), offset=0, limit=2, cursor=cursor)
        seen += [package.pk for package in page.packages]
        assert (page.total, page.total_is_exact) == (5, True)
        if (cursor := page.next) is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


@pytest.mark.parametrize("sort", ["newest", "name", "downloads", "score"])
def test_every_order_pages_completely(shelf: None, sort: str) -> None:
    first = packages_matching(Criteria(sort=sort), offset=0, limit=3)
    second = packages_matching(Criteria(sort=sort), offset=0, limit=3, cursor=first.next)
    assert len({package.pk for package in [*first.packages, *second.packages]}) == 5
    assert second.next is None


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("score", ["2.0.0", "2.1.0-beta.1", "main"]),
        ("name", ["2.1.0-beta.1", "2.0.0", "main"]),
    ],
)
def test_unknown_scores_and_versions_come_last(shelf: None, sort: str, order: list[str]) -> None:
    PackageFactory.create(name="org/whale", version="main")
    page = packages_matching(Criteria(regex="^org/whale", sort=sort), offset=0, limit=50)
    assert [package.version for package in page.packages] == order


@pytest.mark.parametrize("cursor", ["", "!!", "b2Zmc2V0OjE", "\0", "a" * 500])
def test_foreign_cursor_is_refused(shelf: None, cursor: str) -> None:
    with pytest.raises(Refused):
        packages_matching(Criteria(), offset=0, limit=2, cursor=cursor)


def test_totals_beyond_the_cap_are_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages_app.queries.search.COUNTED_TO", 3)
    PackageFactory.create_batch(5)
    page = packages_matching(Criteria(), offset=0, limit=2)
    assert not page.total_is_exact
    assert page.total >= 4


@pytest.mark.parametrize("criteria", [{}, {"name": "model"}, {"query": "words"}])
def test_search_asks_as_often_for_one_as_for_three(criteria: dict[str, Any]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            packages_matching(Criteria(**criteria), offset=0, limit=50)
        return len(captured)

    PackageFactory.create(card="words")
    one = queries()
    PackageFactory.create_batch(2, card="words")
    assert queries() == one
