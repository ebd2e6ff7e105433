"""The versions that a search asks for: one exactly, or a range of semantic versions."""

from dataclasses import dataclass

from packages_app.domain.names import InvalidVersion, check_version
from packages_app.domain.range_grammar import InvalidRange
from packages_app.domain.ranges import KeyInterval, Range, parse_range
from packages_app.domain.semver import Version, sort_key

__all__ = [
    "Exact",
    "InvalidRange",
    "KeyInterval",
    "Range",
    "Version",
    "VersionFilter",
    "Within",
    "parse_filter",
    "parse_range",
    "sort_key",
]

_EXAMPLES = "write an exact version (1.2.3 or main), a bounded range (1.2.3-2.1.0), ~1.2.0 or ^1.2.0"


@dataclass(frozen=True, slots=True)
class Exact:
    """The version whose text is `text`, to the letter."""

    text: str

    def matches(self, version: str) -> bool:
        return version == self.text


@dataclass(frozen=True, slots=True)
class Within:
    """The versions whose sort key lies in one of `intervals`; none of them where there is no interval."""

    intervals: tuple[KeyInterval, ...]

    def matches(self, version: str) -> bool:
        key = sort_key(version)
        return key is not None and any(interval.admits(key) for interval in self.intervals)


VersionFilter = Exact | Within


def parse_filter(text: str) -> VersionFilter:
    """What a search's `version` asks for. Raises InvalidRange, with examples.

    `1.2.3-2.1.0` is the stretch from 1.2.3 through 2.1.0 rather than a prerelease of 1.2.3, since both sides are whole
    versions. Other texts that can be versions are meant exactly; all else is read as a range of node-semver's, so that
    `>=1.2.0 <2` works too. Prereleases lie in a range only as packages_app.domain.ranges says.
    """
    wanted = text.strip()
    if bounds := _tight_bounds(wanted):
        return Within(_through(*bounds).intervals)
    if not wanted or (wanted.endswith("-") and Version.parse(wanted[:-1])):
        raise InvalidRange(f"{text!r} asks for no version: {_EXAMPLES}.")
    try:
        return Exact(check_version(wanted))
    except InvalidVersion:
        pass
    try:
        return Within(parse_range(wanted).intervals)
    except InvalidRange:
        raise InvalidRange(f"{text!r} is neither a version nor a range of them: {_EXAMPLES}.") from None


def _through(lower: Version, upper: Version) -> Range:
    if upper < lower:
        raise InvalidRange(f"The range {lower}-{upper} is empty: write the lower version first, {upper}-{lower}.")
    return parse_range(f"{lower} - {upper}")


def _tight_bounds(text: str) -> tuple[Version, Version] | None:
    """Both ends of `1.2.3-2.1.0`, at the first hyphen that has a whole version on either side."""
    for place in (place for place, character in enumerate(text) if character == "-"):
        lower, upper = Version.parse(text[:place]), Version.parse(text[place + 1 :])
        if lower and upper:
            return lower, upper
    return None
