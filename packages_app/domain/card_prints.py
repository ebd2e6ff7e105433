"""Which model cards are nearly the same, by the runs of words they share (Broder's shingles, Jaccard's index).

`bands` lets such cards find one another in an index: MinHash in one permutation (Li, Owen and Zhang 2012) with empty bins
filled from the next, cut into bands of five (Leskovec, Rajaraman and Ullman, ch. 3). Cards that share four fifths of
their runs share a band with a probability of 0.99, cards that share a third with one of 0.05.
"""

import re
from hashlib import blake2b

#: How alike, from 0 to 1, cards must be to be called nearly the same.
NEARLY_SAME = 0.8

_READ_CHARACTERS = 8_000
_RUN = 4
_FEWEST_RUNS = 30
_BINS = 60
_BAND = 5
_NO_PROSE = re.compile(
    r"\A---\n[\s\S]*?\n---\n|<!--[\s\S]*?-->|^#[^\n]*|^[^\n]*\[more information needed\][^\n]*", re.M | re.I
)
_WORD = re.compile(r"\w+")


def runs_of_words(card: str) -> frozenset[str]:
    """Every four words in a row of a card's beginning, front matter, headings and unfilled lines aside.

    Empty for a card that says too little to be anyone's own.
    """
    words = _WORD.findall(_NO_PROSE.sub(" ", card[:_READ_CHARACTERS]).lower())
    runs = frozenset(" ".join(words[place : place + _RUN]) for place in range(len(words) - _RUN + 1))
    return runs if len(runs) >= _FEWEST_RUNS else frozenset()


def likeness(runs: frozenset[str], others: frozenset[str]) -> float:
    """What part of the runs of two cards is in both, from 0 to 1; 0 when neither has any."""
    return len(runs & others) / (len(runs | others) or 1)


def bands(runs: frozenset[str]) -> list[int]:
    """Twelve signed 64-bit integers to store and to look for; none for a card without runs."""
    if not runs:
        return []
    lowest: list[int | None] = [None] * _BINS
    for run in runs:
        value, place = divmod(_hash(run), _BINS)
        held = lowest[place]
        lowest[place] = value if held is None else min(held, value)
    filled = _filled(lowest)
    return [_hash(f"{start}:{filled[start : start + _BAND]}") for start in range(0, _BINS, _BAND)]


def _filled(lowest: list[int | None]) -> list[int]:
    """The bins with each empty one given what the next one holds, round the end if need be."""
    value = next(held for held in lowest if held is not None)
    filled: list[int] = []
    for held in reversed(lowest):
        value = value if held is None else held
        filled.append(value)
    return filled[::-1]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "big", signed=True)
