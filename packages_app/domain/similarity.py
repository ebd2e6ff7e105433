"""Which names may be taken for another (the confusion audit), by their spelling alone.

The rules follow PyPI's typosquatting checks (warehouse, packaging/typosnyper.py), with the scopes and owners of npm and
Hugging Face added, and are tuned on packages_app/data/popular_names.json to raise few alarms among names that are all
genuine: versions, sizes and other short words that differ make a family, not a look-alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from packages_app.domain.spelling import Spelling, edits, is_renumbered, is_sure_slip

Pattern = Literal["case", "separators", "homoglyph", "typo", "words", "scope", "organisation"]
Severity = Literal["low", "medium", "high"]

#: Words that promise the original and say nothing else.
EMPTY_WORDS = frozenset({"js", "node", "nodejs", "npm", "official", "original", "package", "pkg", "real", "the", "lib"})
#: Names of more words are compared as a whole only, and so many of them may be misspelt in pairs.
MOST_WORDS = 12
MOST_LONG_WORDS = 6
#: A word of this many letters may have a typo while another has one too; see similarity_keys.
LONG_WORD = 5
#: A word of this many letters may have two; and of this many, two more letters, which are a suffix of shorter ones.
TWO_SLIPS = 6
TWO_LETTERS = 8
#: An owner of this many letters is told from one that differs in any single letter, or has another word besides, where
#: both have the same package.
LONG_OWNER = 4
#: A name of this many letters is told from names under other owners by more than chance.
LONG_NAME = 8


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Why a name may be taken for another: `details` says it in one sentence."""

    pattern: Pattern
    severity: Severity
    details: str


@dataclass(frozen=True, slots=True)
class SpeltName:
    """A name, taken apart; any text is borne."""

    text: str
    base: Spelling
    owner: Spelling | None
    is_scoped: bool

    @classmethod
    def of(cls, text: str) -> "SpeltName":
        owner, slash, base = text.rpartition("/")
        return cls(text, Spelling(base), Spelling(owner.removeprefix("@")) if slash else None, text.startswith("@"))

    @property
    def look(self) -> str:
        """What it looks like with owner and base run together."""
        return (self.owner.look if self.owner else "") + self.base.look


def compare(name: str, other: str) -> tuple[Lookalike, ...]:
    """Why `name` may be taken for `other`: nothing for most pairs, and for a name and itself. Symmetric but for words.

    Names under the same owner are a family: there only clones by case, separators or look-alike letters, plain typos and
    repeated words count. Names under unrelated owners count if one is misspelt; the same name under another owner is no
    finding.
    """
    if name == other:
        return ()
    this, that = SpeltName.of(name), SpeltName.of(other)
    finding = _scope(this, that) or _organisation(this, that) or _base(this, that)
    return (finding,) if finding else ()


def dropped_words(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What is left of a name without one word that its reader may not miss: an empty one, or one in the middle."""
    if not 1 < len(words) <= MOST_WORDS:
        return set()
    return {
        words[:place] + words[place + 1 :]
        for place, word in enumerate(words)
        if word in EMPTY_WORDS or (0 < place < len(words) - 1 and len(word) > 2 and word.isalpha())
    }


def without_affix(look: str) -> set[str]:
    """What is left of a name when an empty word run together with it is dropped: `lodashjs` → `lodash`."""
    shorter = {look.removesuffix(word) for word in ("js", "node", "npm")} | {look.removeprefix("node")}
    return {rest for rest in shorter - {look} if len(rest) > 3}


def _scope(this: SpeltName, that: SpeltName) -> Lookalike | None:
    same_parts = (this.base.look, this.is_scoped, this.owner and this.owner.look) == (
        that.base.look,
        that.is_scoped,
        that.owner and that.owner.look,
    )
    if same_parts or this.look != that.look:
        return None
    return Lookalike("scope", "high", f"'{this.text}' is '{that.text}' with its owner or scope written otherwise.")


def _organisation(this: SpeltName, that: SpeltName) -> Lookalike | None:
    if not this.owner or not that.owner or this.owner.text == that.owner.text:
        return None
    is_same_package = this.base.look == that.base.look
    owners_alike = _clone(this.owner, that.owner) or _words(this.owner, that.owner)
    if not owners_alike and not (is_same_package and _is_nearly(this.owner, that.owner)):
        misspelt = _misspelling(this.owner, that.owner)
        if not misspelt or misspelt.count > (2 if is_same_package else 1):
            return None
    severity: Severity = "high" if is_same_package else "medium"
    return Lookalike("organisation", severity, f"The owner '{this.owner.text}' may be taken for '{that.owner.text}'.")


def _is_nearly(this: Spelling, that: Spelling) -> bool:
    """Whether owners of the same package are a letter or a word apart: `acme` and `acne`, `google` and `google-ai`."""
    short, long = sorted((this, that), key=lambda owner: len(owner.words))
    if len(short.look) < LONG_OWNER:
        return False
    if len(short.words) < len(long.words):
        return short.words in extended(long.words)
    return not is_renumbered(this.text, that.text) and edits(this.look, that.look) == 1


def extended(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What is left of an owner without its first or its last word."""
    return {words[1:], words[:-1]} if 1 < len(words) <= MOST_WORDS else set()


def _base(this: SpeltName, that: SpeltName) -> Lookalike | None:
    owner = this.owner.text if this.owner else None
    if owner != (that.owner.text if that.owner else None):
        return _misspelt_elsewhere(this, that)
    clone = _clone(this.base, that.base)
    if clone:
        return clone
    typo = _typo(this, that, is_wanted=(lambda _: True) if owner is None else _is_plain_typo)
    return typo or (_words if owner is None else _repeated_word)(this.base, that.base)


def _clone(this: Spelling, that: Spelling) -> Lookalike | None:
    """The same name but for case, separators or look-alike letters."""
    if this.text.lower() == that.text.lower():
        return Lookalike("case", "high", f"'{this.text}' is '{that.text}' in other letter case.")
    if "".join(this.words) == "".join(that.words):
        same = this.numbers == that.numbers  # v1.10 is not v11.0
        return (
            Lookalike("separators", "medium", f"'{this.text}' is '{that.text}' with other separators.")
            if same
            else None
        )
    if this.look == that.look:
        return Lookalike("homoglyph", "high", f"'{this.text}' is '{that.text}' in letters that look alike.")
    return None


@dataclass(frozen=True, slots=True)
class _Misspelling:
    """`count` edits, in words of which the shortest has `shortest` letters. Of a single edit: whether it is a sure slip,
    and whether it only adds an ending."""

    count: int
    shortest: int
    is_sure: bool
    is_ending: bool


def _misspelling(this: Spelling, that: Spelling) -> _Misspelling | None:
    """The edits, one or two, between names whose words otherwise agree, where they look like slips."""
    if len(this.looks) != len(that.looks) or len(this.looks) > MOST_WORDS:
        return None
    places = [place for place, (word, other) in enumerate(zip(this.looks, that.looks, strict=True)) if word != other]
    if not 1 <= len(places) <= 2 or any(is_renumbered(this.words[place], that.words[place]) for place in places):
        return None
    counts = [_slips(this.looks[place], that.looks[place], is_alone=len(this.looks) == 1) for place in places]
    shortest = min(min(len(this.looks[place]), len(that.looks[place])) for place in places)
    if len(places) == 2 and not (counts == [1, 1] and shortest >= LONG_WORD and _has_few_long_words(this, that)):
        return None
    if not all(counts):
        return None
    word, other = this.looks[places[0]], that.looks[places[0]]
    return _Misspelling(
        sum(counts), shortest, is_sure=is_sure_slip(word, other), is_ending=word[:-1] == other or other[:-1] == word
    )


def _slips(word: str, other: str, *, is_alone: bool) -> int:
    """How many edits between two words are slips: none where so short a word is rather another word."""
    shortest, count = min(len(word), len(other)), edits(word, other)
    if count == 1 and shortest < LONG_WORD:
        is_longer = len(word) != len(other) and shortest >= (4 if is_alone else 3)
        return 1 if shortest > 2 and (is_sure_slip(word, other) or is_longer) else 0
    enough = TWO_SLIPS if abs(len(word) - len(other)) < 2 else TWO_LETTERS
    return count if count == 1 or (count == 2 and shortest >= enough) else 0


def _has_few_long_words(this: Spelling, that: Spelling) -> bool:
    return all(sum(len(word) >= LONG_WORD for word in each.looks) <= MOST_LONG_WORDS for each in (this, that))


def _is_plain_typo(found: _Misspelling) -> bool:
    """Whether names of a family, or of different owners, are misspelt: `bloomz` is no slip of `bloom`."""
    enough = 4 if found.is_sure else LONG_WORD + 1 if found.is_ending else LONG_WORD
    return found.count == 1 and found.shortest >= enough


def _typo(this: SpeltName, that: SpeltName, *, is_wanted: Callable[[_Misspelling], bool]) -> Lookalike | None:
    found = _misspelling(this.base, that.base)
    if not found or not is_wanted(found):
        return None
    severity: Severity = "high" if found.count == 1 and found.shortest > LONG_WORD else "medium"
    edited = "one edit" if found.count == 1 else "two edits"
    return Lookalike("typo", severity, f"'{this.base.text}' is {edited} away from '{that.base.text}'.")


def _misspelt_elsewhere(this: SpeltName, that: SpeltName) -> Lookalike | None:
    if min(len(this.base.look), len(that.base.look)) < LONG_NAME:
        return None
    found = _misspelling(this.base, that.base)
    clone = _clone(this.base, that.base)
    if clone and clone.pattern == "homoglyph":
        return clone
    if not found or not _is_plain_typo(found):
        return None
    return Lookalike("typo", "low", f"'{this.base.text}' is one edit away from '{that.text}' of another owner.")


def _words(this: Spelling, that: Spelling) -> Lookalike | None:
    """Words swapped, repeated, dropped or added."""
    mine, theirs = this.looks, that.looks
    if max(len(mine), len(theirs)) <= MOST_WORDS and mine != theirs:
        moved = [word for word, other in zip(mine, theirs, strict=False) if word != other]
        if sorted(mine) == sorted(theirs) and any(len(word) > 2 for word in moved):
            return Lookalike("words", "medium", f"'{this.text}' has the words of '{that.text}' in another order.")
    return _repeated_word(this, that) or _added_word(this, that)


def _repeated_word(this: Spelling, that: Spelling) -> Lookalike | None:
    if this.looks == that.looks or _once(this.looks) != _once(that.looks):
        return None
    return Lookalike("words", "medium", f"'{this.text}' is '{that.text}' but for a repeated word.")


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without those that repeat the one before; numbers and initials repeat for reasons of their own."""
    return tuple(word for place, word in enumerate(words) if len(word) < 3 or words[place - 1 : place] != (word,))


def _added_word(this: Spelling, that: Spelling) -> Lookalike | None:
    if that.words in dropped_words(this.words) or that.look in without_affix(this.look):
        return Lookalike("words", "low", f"'{this.text}' is '{that.text}' with a word added.")
    if this.words in dropped_words(that.words) or this.look in without_affix(that.look):
        return Lookalike("words", "low", f"'{this.text}' is '{that.text}' without one of its words.")
    return None
