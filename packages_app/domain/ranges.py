"""Ranges of semantic versions, as node-semver defines them (https://github.com/npm/node-semver#ranges).

A prerelease lies in a range only if it lies within the bounds and one bound of the same alternative is itself a
prerelease of the same major.minor.patch: `>=1.2.3-rc.1` has 1.2.3-rc.2 and 1.2.4, but not 1.2.4-rc.1.
"""

from dataclasses import dataclass
from functools import cached_property

from packages_app.domain.range_grammar import FIRST, Comparator, Comparators, InvalidRange, alternatives
from packages_app.domain.semver import CORE_LENGTH, RELEASE, Version

RANGE_LENGTH = 1_000
_LEAST = Version(0, 0, 0, FIRST)


@dataclass(frozen=True, slots=True)
class KeyInterval:
    """A stretch of sort keys (`Version.key`) in byte order, None where it has no end; `admits` says which lie in it.

    In SQL: `key` between the bounds, and `(substr(key, 51) = '~' OR substr(key, 1, 50) = ANY(prereleases_of))`.
    """

    lower: str | None
    lower_inclusive: bool
    upper: str | None
    upper_inclusive: bool
    prereleases_of: tuple[str, ...] = ()

    def admits(self, key: str) -> bool:
        if self.lower is not None and (key < self.lower or (key == self.lower and not self.lower_inclusive)):
            return False
        if self.upper is not None and (key > self.upper or (key == self.upper and not self.upper_inclusive)):
            return False
        return key[CORE_LENGTH:] == RELEASE or key[:CORE_LENGTH] in self.prereleases_of


@dataclass(frozen=True)
class Range:
    """Alternatives of comparators, with the text they were read from."""

    text: str
    alternatives: tuple[Comparators, ...]

    def __str__(self) -> str:
        """The comparators written out as node-semver does, such as `>=1.2.0 <1.3.0-0||>=2.0.0`."""
        return "||".join(" ".join(map(str, both)) for both in self.alternatives) or "*"

    def includes(self, version: Version | str, *, include_prerelease: bool = False) -> bool:
        """Whether `version` lies in the range; a text that is no semantic version does not.

        With `include_prerelease`, prereleases are versions like any other, and `1.x` begins at 1.0.0-0.
        """
        read = Version.parse(version) if isinstance(version, str) else version
        if read is None:
            return False
        if include_prerelease:
            return any(all(bound.holds_for(read) for bound in both) for both in self._alternatives_with_prereleases)
        return any(interval.admits(read.key) for interval in self.intervals)

    @cached_property
    def intervals(self) -> tuple[KeyInterval, ...]:
        """The alternatives as stretches of sort keys; those whose bounds cross are left out."""
        return tuple(span.interval for span in self._spans)

    def within_one_minor(self) -> bool:
        """Whether all versions of the range have the same major and minor number (METRICS.md, pinning).

        A range that no version can satisfy (`>3 <2`) pins nothing, and so is not.
        """
        minors = {span.minor for span in self._spans}
        return len(minors) == 1 and None not in minors

    @cached_property
    def _spans(self) -> "tuple[_Span, ...]":
        spans = (_Span.of(both) for both in self.alternatives)
        return tuple(span for span in spans if not span.is_empty)

    @cached_property
    def _alternatives_with_prereleases(self) -> tuple[Comparators, ...]:
        try:
            return alternatives(self.text, include_prerelease=True)
        except InvalidRange:  # a bound whose successor would be too large a number
            return ()


def parse_range(text: str) -> Range:
    """The range that `text` describes, in all of node-semver's strict grammar. Raises InvalidRange.

    `||` between alternatives, `1.2.3 - 2.3.4`, `1.x`, `~1.2`, `~>1.2`, `^1.2`, comparators, and `*` or nothing.
    """
    if len(text) > RANGE_LENGTH:
        raise InvalidRange(f"A range of versions has at most {RANGE_LENGTH:,} characters; this one has {len(text):,}.")
    try:
        return Range(text, alternatives(text, include_prerelease=False))
    except InvalidRange as error:
        raise InvalidRange(f"{text!r} is not a range of versions: {error}.") from None


@dataclass(frozen=True, slots=True)
class _Span:
    """The tightest bounds of one alternative."""

    lower: Comparator
    upper: Comparator | None
    prereleases_of: tuple[str, ...]

    @classmethod
    def of(cls, bounds: Comparators) -> "_Span":
        lowers = [bound for bound in bounds if bound.operator in (">", ">=", "=")]
        uppers = [bound for bound in bounds if bound.operator in ("<", "<=", "=")]
        lower = max(lowers, key=lambda bound: (bound.version, "=" not in bound.operator), default=None)
        upper = min(uppers, key=lambda bound: (bound.version, "=" in bound.operator), default=None)
        cores = {bound.version.key[:CORE_LENGTH] for bound in bounds if bound.version.prerelease}
        return cls(lower or Comparator(">=", _LEAST), upper, tuple(sorted(cores)))

    @property
    def is_empty(self) -> bool:
        if self.upper is None or self.lower.version < self.upper.version:
            return False
        return not (self.lower.holds_for(self.upper.version) and self.upper.holds_for(self.lower.version))

    @property
    def interval(self) -> KeyInterval:
        is_bounded_below = self.lower != Comparator(">=", _LEAST)
        return KeyInterval(
            lower=self.lower.version.key if is_bounded_below else None,
            lower_inclusive="=" in self.lower.operator,
            upper=self.upper.version.key if self.upper else None,
            upper_inclusive=self.upper is not None and "=" in self.upper.operator,
            prereleases_of=self.prereleases_of,
        )

    @property
    def minor(self) -> tuple[int, int] | None:
        """The major and minor number that all of its versions have, if they do."""
        if self.upper is None:
            return None
        major, minor, _ = self.lower.version.core
        upper = self.upper.version
        stops_before = self.upper.operator == "<" and upper.patch == 0 and upper.prerelease in ((), FIRST)
        last = upper.minor - 1 if stops_before else upper.minor
        return (major, minor) if major == upper.major and minor in (last, upper.minor) else None
