"""Which cards are nearly the same, and that the index finds those that are."""

import pytest

from packages_app.domain.card_prints import NEARLY_SAME, bands, likeness, runs_of_words

WORDS = [f"word{number * 7919 % 1009}" for number in range(300)]
CARD = " ".join(WORDS)


def changed(every: int) -> str:
    return " ".join("other" if place % every == 0 else word for place, word in enumerate(WORDS))


@pytest.mark.parametrize(
    ("card", "shared", "is_found"),
    [
        (CARD, 1.0, True),
        (f"---\nlicense: mit\n---\n# Another name\n\n{CARD}\n", 1.0, True),
        (f"<!-- hidden -->{CARD.upper()}", 1.0, True),
        (changed(60), 0.88, True),
        (changed(3), 0.0, False),
        ("", 0.0, False),
    ],
)
def test_cards_share_runs_of_words(card: str, shared: float, is_found: bool) -> None:
    mine, theirs = runs_of_words(CARD), runs_of_words(card)
    assert round(likeness(mine, theirs), 2) == pytest.approx(shared, abs=0.02)
    assert bool(set(bands(mine)) & set(bands(theirs))) == is_found
    assert (likeness(mine, theirs) >= NEARLY_SAME) == is_found


@pytest.mark.parametrize(
    "card",
    [
        "",
        "Too little to be anyone's own.",
        "- **Developed by:** [More Information Needed]\n" * 50,
        "# A heading of the template and nothing below it\n" * 50,
        "---\n" + "key: value\n" * 100 + "---\n",
    ],
)
def test_card_that_says_nothing_is_nobodys(card: str) -> None:
    assert (runs_of_words(card), bands(runs_of_words(card))) == (frozenset(), [])


def test_bands_are_stored_as_signed_integers_the_same_each_time() -> None:
    found = bands(runs_of_words(CARD))
    assert (len(found), bands(runs_of_words(CARD))) == (12, found)
    assert all(-(2**63) <= band < 2**63 for band in found)


@pytest.mark.parametrize("card", ["<!--" * 2_000, "---\n" * 2_000, "#" * 8_000, "[" * 8_000, "a " * 100_000])
def test_no_card_takes_long(card: str) -> None:
    assert len(runs_of_words(card)) <= 8_000
