"""Keys by which names that may be taken for each other find one another in an index, without comparing all pairs.

Every pair that packages_app.domain.similarity.compare reports shares a key of the names, or of their owners where the
pattern is "organisation"; sharing one proves nothing yet. Typos meet by symmetric deletion (Garbe's
SymSpell): what is left of two words when a letter or two are dropped from each is the same somewhere, even if only the
beginning of each is looked at.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import chain, combinations

from packages_app.domain.similarity import (
    LONG_WORD,
    MOST_LONG_WORDS,
    MOST_WORDS,
    TWO_SLIPS,
    SpeltName,
    dropped_words,
    extended,
    without_affix,
)
from packages_app.domain.spelling import Spelling, fold

#: How much of the beginning of a word deletions are made in.
_BEGINNING = 8


def index_keys(name: str) -> frozenset[int]:
    """The keys to store for `name`, as signed 64-bit integers: 34 in the mean of well-known names, never over 600.

    They find every look-alike but those by the owner alone, for which see `owner_keys`.
    """
    spelt = SpeltName.of(name)
    return _hashed({"name:" + spelt.look, *_keys_of(spelt.base, "name:")})


def lookup_keys(name: str) -> frozenset[int]:
    """The keys to look for when `name` arrives: every name that compare() reports has stored one of them."""
    return index_keys(name)


def owner_keys(name: str) -> frozenset[int]:
    """The keys to store for the owner of `name`, and to look for among owners; none without an owner.

    Store them once for each owner, with any one of its names to compare with: stored for each of its names, all of
    them would be found again at every upload under that owner.
    """
    owner = SpeltName.of(name).owner
    if not owner:
        return frozenset()
    shorter = {"owner:" + "".join(map(fold, rest)) for rest in extended(owner.words)}
    return _hashed({*_keys_of(owner, "owner:"), *shorter})


def _keys_of(part: Spelling, kind: str) -> Iterator[str]:
    yield kind + part.look
    yield from (kind + "".join(map(fold, rest)) for rest in dropped_words(part.words))
    yield from (kind + rest for rest in without_affix(part.look))
    if len(part.looks) > MOST_WORDS:
        return
    yield kind + "words:" + " ".join(sorted(set(part.looks)))
    misspelt = chain(_one_word_misspelt(part.looks), _two_words_misspelt(part.looks))
    yield from (kind + "typo:" + " ".join(written) for written in misspelt)


def _one_word_misspelt(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for place, word in enumerate(words):
        for rest in _deletions(word):
            yield (*words[:place], rest + "*", *words[place + 1 :])


def _two_words_misspelt(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A single edit in a word of five letters or more leaves its first two or its last two as they were."""
    long = [place for place, word in enumerate(words) if len(word) >= LONG_WORD]
    if len(long) > MOST_LONG_WORDS:
        return
    for one, two in combinations(long, 2):
        for first in (words[one][:2] + "<", ">" + words[one][-2:]):
            for second in (words[two][:2] + "<", ">" + words[two][-2:]):
                yield (*words[:one], first, *words[one + 1 : two], second, *words[two + 1 :])


def _deletions(word: str) -> set[str]:
    """What is left of the beginning of `word` without any letter, and of a long word without any two."""
    if len(word) < 3:
        return set()
    beginning = word[:_BEGINNING]
    found = {beginning, *_one_dropped([beginning])}
    return found | _one_dropped(found) if len(word) >= TWO_SLIPS else found


def _one_dropped(words: Iterable[str]) -> set[str]:
    return {word[:place] + word[place + 1 :] for word in words for place in range(len(word))}


def _hashed(keys: set[str]) -> frozenset[int]:
    return frozenset(
        int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), "big", signed=True)
        for key in keys
    )
