"""How names are taken apart before they are compared: words, what letters look like, how many edits lie between."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

#: Letters of other scripts and digits that pass for an ASCII letter, and the letter that stands for all of them.
_LOOKS_LIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l"}
    | dict(zip("авсеһіјкмнорѕтухԁԛԝӏ", "abcehljkmhopstyxdqwl", strict=True))
    | dict(zip("αβγεηικνορτυχϲ", "abyenlkvoptuxc", strict=True))
    | dict(zip("ıłøđħŧɑɡ", "llodhtag", strict=True)),
)
_PAIRS = (("rn", "m"), ("vv", "w"))
_SEPARATORS = re.compile(r"[._\-\s]+")
_DIGITS = re.compile(r"[0-9]+")
#: One letter behind the last number of a word whose numbers are "#".
_SIZE = re.compile(r"#[a-z]$")


def fold(text: str) -> str:
    """What `text` looks like at a glance: case, accents and look-alike letters aside (`r0bErta` → `roberta`)."""
    plain = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(_LOOKS_LIKE)
    for pair, letter in _PAIRS:
        folded = folded.replace(pair, letter)
    return folded


@dataclass(frozen=True)
class Spelling:
    """One part of a name: what stands before its slash, or after it."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words in lower case, as they are written."""
        return tuple(word for word in _SEPARATORS.split(self.text.lower()) if word)

    @cached_property
    def looks(self) -> tuple[str, ...]:
        """What each of its words looks like."""
        return tuple(map(fold, self.words))

    @cached_property
    def look(self) -> str:
        return "".join(self.looks)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        return tuple(_DIGITS.findall(self.text))


def is_renumbered(word: str, other: str) -> bool:
    """Whether the words differ in a number alone, in one at their ends, or in the size behind one: `v1` and `v2`,
    `mysql` and `mysql2`, `yolov8n` and `yolov8s`."""
    shape, other_shape = _DIGITS.sub("#", word), _DIGITS.sub("#", other)
    is_sized_otherwise = _SIZE.sub("#$", shape) == _SIZE.sub("#$", other_shape)
    return word != other and (is_sized_otherwise or shape.strip("#") == other_shape.strip("#"))


def is_sure_slip(word: str, other: str) -> bool:
    """Whether one word is the other with two neighbours swapped or one letter doubled, which no other word is by chance."""
    if len(word) == len(other):
        return sorted(word) == sorted(other) and edits(word, other) == 1
    short, long = sorted((word, other), key=len)
    return any(
        long == short[: place + 1] + letter + short[place + 1 :]
        for place, letter in enumerate(short)
        if letter.isalpha()
    )


def edits(word: str, other: str) -> int:
    """How many letters to insert, drop, replace or swap with their neighbour to get from one word to the other.

    The optimal string alignment distance (restricted Damerau-Levenshtein); anything above 2 is given as 3.
    """
    if abs(len(word) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        before, above, row = row, before, [i]
        for j, other_letter in enumerate(other, start=1):
            cost = min(row[-1] + 1, before[j] + 1, before[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == other_letter:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > 2 and min(before) > 2:
            return 3
    return min(row[-1], 3)
