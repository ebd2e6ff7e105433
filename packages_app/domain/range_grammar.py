"""How a range of versions is written: from text to comparators, in node-semver's strict grammar.

Source: the range grammar and its desugaring in https://github.com/npm/node-semver#ranges.
"""

import re
from itertools import chain
from typing import NamedTuple

from packages_app.domain.semver import BUILD, LARGEST_NUMBER, NUMBER, PRERELEASE, TEXT_LENGTH, Version, identifiers

_X = rf"{NUMBER}|[xX*]"
_NUMBERS = rf"({_X})(?:\.({_X})(?:\.({_X})(?:-({PRERELEASE}))?)?)?"
#: A hyphen range bears a space after its prefixes; elsewhere one ends the word.
_HYPHENATED = re.compile(rf"([v= ]*){_NUMBERS} - ([v= ]*){_NUMBERS}")
_SIMPLE = re.compile(rf"(\^|~>?|[<>]=?|=|)([v=]*){_NUMBERS}")
_BUILD = re.compile(BUILD)
#: A space between an operator and what it applies to; a second `=` belongs to the version, which has no space in it.
_GAP = re.compile(r"(?:(?<=[~^])|(?<=~>)|(?<=[<>=])(?<![v=]=)(?<![<>] =)(?=.[v=]*[0-9xX*])) ")
#: The first prerelease of a version, which nothing of that version precedes.
FIRST = (0,)


class InvalidRange(ValueError):
    """A text that is no range of versions; `str(error)` says so in one sentence."""


class Comparator(NamedTuple):
    """One bound: `operator` is `<`, `<=`, `>`, `>=` or `=`."""

    operator: str
    version: Version

    def __str__(self) -> str:
        return f"{self.operator.removeprefix('=')}{self.version}"

    def holds_for(self, version: Version) -> bool:
        if version == self.version:
            return "=" in self.operator
        return self.operator[0] == ("<" if version < self.version else ">")


#: What must hold at once; none at all means any version.
Comparators = tuple[Comparator, ...]

_NOTHING = Comparator("<", Version(0, 0, 0, FIRST))


def alternatives(text: str, *, include_prerelease: bool) -> tuple[Comparators, ...]:
    """The comparators of each alternative of the range `text`. Raises InvalidRange.

    With `include_prerelease`, bounds that leave a part open include its prereleases: `1.x` begins at 1.0.0-0.
    """
    written = [_BUILD.sub("", part).strip() for part in " ".join(text.split()).split("||")]
    read = [_alternative(part, include_prerelease=include_prerelease) for part in written]
    possible = [both for both in read if both != (_NOTHING,)] or read[:1]
    return ((),) if () in possible else tuple(possible)


class _Partial(NamedTuple):
    """A version of which patch, minor or all may be left open (None)."""

    prefix: str
    major: int | None
    minor: int | None
    patch: int | None
    prerelease: tuple[int | str, ...]
    is_ordered: bool

    @classmethod
    def of(cls, groups: tuple[str | None, ...]) -> "_Partial":
        """From a prefix and the groups of _NUMBERS. What follows an open part is open too, not `is_ordered` if stated."""
        prefix, *parts, prerelease = groups
        numbers = [None if part is None or part in "xX*" else int(part) for part in parts]
        stated = [number is not None for number in numbers]
        major, minor, patch = (number if all(stated[: place + 1]) else None for place, number in enumerate(numbers))
        is_ordered = stated == sorted(stated, reverse=True)
        return cls(prefix or "", major, minor, patch, identifiers(prerelease) if all(stated) else (), is_ordered)

    @property
    def is_plain(self) -> bool:
        """Whether it may stand where a whole version does: node-semver bears odd prefixes on open ones alone."""
        return self.is_ordered and (self.patch is None or self.prefix in ("", "v"))

    def lowest(self, *, include_prerelease: bool) -> Version:
        if self.patch is None and include_prerelease:
            return _version(self.major or 0, self.minor or 0, 0, FIRST)
        return _version(self.major or 0, self.minor or 0, self.patch or 0, self.prerelease)

    def next_at(self, place: int, prerelease: tuple[int | str, ...] = FIRST) -> Version:
        """What follows all versions that agree with this one in the first `place` + 1 numbers."""
        kept = (self.major or 0, self.minor or 0, self.patch or 0)[: place + 1]
        major, minor, patch = (*kept[:-1], kept[-1] + 1, 0, 0)[:3]
        return _version(major, minor, patch, prerelease)

    @property
    def last_stated(self) -> int:
        return 0 if self.minor is None else 1 if self.patch is None else 2


def _alternative(text: str, *, include_prerelease: bool) -> Comparators:
    if match := _HYPHENATED.fullmatch(text):
        first, last = _Partial.of(match.groups()[:5]), _Partial.of(match.groups()[5:])
        read = [
            _from(first, include_prerelease=include_prerelease),
            _through(last, include_prerelease=include_prerelease),
        ]
    else:
        words = _GAP.sub("", text).split()
        read = [_simple(word, include_prerelease=include_prerelease) for word in words]
    bounds = tuple(dict.fromkeys(chain.from_iterable(read)))
    anything = Comparator(">=", Version(0, 0, 0, FIRST if include_prerelease else ()))
    return (_NOTHING,) if _NOTHING in bounds else tuple(bound for bound in bounds if bound != anything)


def _from(first: _Partial, *, include_prerelease: bool) -> Comparators:
    if first.major is None:
        return ()
    if not (first.patch is None or first.is_plain):
        raise InvalidRange("the lower end of a hyphen range is not a version")
    lowest = first.lowest(include_prerelease=include_prerelease)
    if include_prerelease and not lowest.prerelease:
        lowest = _version(*lowest.core, FIRST)
    return (Comparator(">=", lowest),)


def _through(last: _Partial, *, include_prerelease: bool) -> Comparators:
    if last.major is None:
        return ()
    if not (last.patch is None or last.is_plain or last.prerelease):
        raise InvalidRange("the upper end of a hyphen range is not a version")
    if last.patch is None or (include_prerelease and not last.prerelease):
        return (Comparator("<", last.next_at(last.last_stated)),)
    return (Comparator("<=", last.lowest(include_prerelease=False)),)


def _simple(word: str, *, include_prerelease: bool) -> Comparators:
    match = _SIMPLE.fullmatch(word)
    if match is None:
        raise InvalidRange(f"{word!r} is neither a version nor a bound")
    operator, partial = match[1], _Partial.of(match.groups()[1:])
    if operator.startswith(("^", "~")):
        return _near(operator, partial, include_prerelease=include_prerelease)
    if not partial.is_plain:
        raise InvalidRange(f"{word!r} is not formed like a version")
    if partial.major is None:
        return (_NOTHING,) if operator in ("<", ">") else ()
    if partial.patch is not None:
        return (Comparator(operator or "=", partial.lowest(include_prerelease=False)),)
    return _open(operator, partial, include_prerelease=include_prerelease)


def _near(operator: str, partial: _Partial, *, include_prerelease: bool) -> Comparators:
    """`~` keeps the minor number where one is stated; `^` keeps the first number that is not zero."""
    if partial.major is None:
        return ()
    kept = min(partial.last_stated, 1)
    if operator == "^":
        numbers = (partial.major, partial.minor or 0, partial.patch or 0)
        leading = next((place for place, number in enumerate(numbers) if number), 2)
        kept = min(leading, partial.last_stated)
    lowest = partial.lowest(include_prerelease=include_prerelease)
    return (Comparator(">=", lowest), Comparator("<", partial.next_at(kept)))


def _open(operator: str, partial: _Partial, *, include_prerelease: bool) -> Comparators:
    """A comparator on a version that leaves its patch, or minor and patch, open."""
    lowest = Comparator(">=", partial.lowest(include_prerelease=include_prerelease))
    match operator:
        case ">=":
            return (lowest,)
        case "<":
            return (Comparator("<", partial.lowest(include_prerelease=True)),)
    following = partial.next_at(partial.last_stated)  # which the largest number does not have
    match operator:
        case "<=":
            return (Comparator("<", following),)
        case ">":
            return (Comparator(">=", following if include_prerelease else _version(*following.core)),)
    return (lowest, Comparator("<", following))


def _version(major: int, minor: int, patch: int, prerelease: tuple[int | str, ...] = ()) -> Version:
    version = Version(major, minor, patch, prerelease)
    if max(version.core) > LARGEST_NUMBER:
        raise InvalidRange(f"a number in it is larger than {LARGEST_NUMBER}")
    if len(str(version)) > TEXT_LENGTH:
        raise InvalidRange(f"a version in it is longer than {TEXT_LENGTH} characters")
    return version
