import random
import string
from collections import defaultdict
from itertools import combinations
from statistics import mean

import pytest

from packages_app.domain.names import NAME_LENGTH
from packages_app.domain.similarity import compare
from packages_app.domain.similarity_keys import index_keys, lookup_keys, owner_keys
from packages_app.popular_names import popular_names

NAMES = sorted(popular_names())


def mutated(name: str, chance: random.Random) -> str:
    """`name` with one of the changes that make a look-alike."""
    place = chance.randrange(len(name))
    before, letter, after = name[:place], name[place], name[place + 1 :]
    words = name.split("-")
    return chance.choice(
        [
            before + after,
            before + letter + letter + after,
            before + chance.choice(string.ascii_lowercase) + after,
            before + chance.choice(string.ascii_lowercase + "-_") + letter + after,
            before + after[:1] + letter + after[1:],
            name.upper(),
            name.replace("-", chance.choice(["_", ".", "", "--"])),
            name.replace("/", "-").removeprefix("@"),
            name.replace("o", "0").replace("i", "1"),
            name.replace("m", "rn").replace("w", "vv"),
            "-".join(chance.sample(words, len(words))),
            "-".join(words[:1] + words),
            "-".join(words[:1] + words[2:]),
            name + chance.choice(["js", "-js", "-official"]),
            name.rpartition("/")[2],
            "someone/" + name.rpartition("/")[2],
        ]
    )


@pytest.mark.parametrize("changes", [1, 2, 3])
def test_every_lookalike_shares_a_key(changes: int) -> None:
    chance = random.Random(changes)
    found = 0
    for name in chance.sample(NAMES, 800):
        other = name
        for _ in range(changes):
            other = mutated(other, chance) or name
        for finding in compare(name, other):
            found += 1
            keys = owner_keys if finding.pattern == "organisation" else index_keys
            assert keys(name) & keys(other), (name, other)
            assert index_keys(name) == lookup_keys(name)
    assert found > 200


def test_well_known_names_raise_few_alarms_among_themselves() -> None:
    holders = defaultdict(set)
    for name in NAMES:
        for key in index_keys(name) | owner_keys(name):
            holders[key].add(name)
    candidates = {pair for names in holders.values() for pair in combinations(sorted(names), 2)}
    alarms = [pair for pair in candidates if compare(*pair)]
    assert len(alarms) <= 25, alarms


def test_keys_are_few_and_fit_a_bigint() -> None:
    counts = [len(index_keys(name)) for name in NAMES]
    assert mean(counts) < 35
    assert max(counts) < 250
    assert all(-(2**63) <= key < 2**63 for key in index_keys("google-bert/bert-base-uncased"))


@pytest.mark.parametrize(
    "name",
    [
        "a" * NAME_LENGTH,
        "ab-" * 85,
        "abcdefghij-" * 23,
        "-".join(["abcdefgh", "ijklmnop"] * 6),
        "a-" * 127,
        "a/" * 127,
        "",
        "/",
        "@",
        "\ud800",
    ],
)
def test_keys_are_bounded_for_any_name(name: str) -> None:
    assert len(index_keys(name)) <= 600


def test_keys_do_not_change_from_one_process_to_the_next() -> None:
    assert min(index_keys("a/b")) == 2654627196153363783


def test_owner_keys_are_those_of_the_owner_alone() -> None:
    assert owner_keys("google/gemma-2b") == owner_keys("google/t5")
    assert owner_keys("google/gemma-2b") & index_keys("google/gemma-2b") == frozenset()
    assert owner_keys("lodash") == frozenset()
