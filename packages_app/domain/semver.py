"""Semantic versions: what precedes what, in Python and as text that a database can sort.

Source: semver.org 2.0.0, with the limits of node-semver (https://github.com/npm/node-semver): 256 characters, and
numbers up to 2^53 - 1. Build metadata never counts.
"""

import re
from dataclasses import dataclass, field
from functools import total_ordering

TEXT_LENGTH = 256
LARGEST_NUMBER = 2**53 - 1
#: How many characters of a key say major, minor and patch; what follows says which prerelease, or RELEASE.
CORE_LENGTH = 50
#: The end of a release's key. It sorts after the first character of any prerelease.
RELEASE = "~"

NUMBER = r"(?:0|[1-9][0-9]*)"
IDENTIFIER = rf"(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|{NUMBER})"
PRERELEASE = rf"{IDENTIFIER}(?:\.{IDENTIFIER})*"
BUILD = r"\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"

_VERSION = re.compile(rf"[v=]*({NUMBER})\.({NUMBER})\.({NUMBER})(?:-({PRERELEASE}))?({BUILD})?")
_SHORT = re.compile(rf"[v=]*{NUMBER}(?:\.{NUMBER})?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version. Versions that differ in build metadata alone are equal."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[int | str, ...] = ()
    build: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """The version that `text` is, or None; white space around it and a leading `v` or `=` are passed over."""
        match = _VERSION.fullmatch(text.strip()) if len(text) <= TEXT_LENGTH else None
        if match is None:
            return None
        major, minor, patch = (int(number) for number in match.group(1, 2, 3))
        if max(major, minor, patch) > LARGEST_NUMBER:
            return None
        return cls(major, minor, patch, identifiers(match[4]), (match[5] or "")[1:])

    @property
    def core(self) -> tuple[int, int, int]:
        return self.major, self.minor, self.patch

    @property
    def key(self) -> str:
        """Text whose byte order (in PostgreSQL, COLLATE "C") is the order of versions.

        Sixteen digits for each number, then RELEASE or the prerelease: `0`, three digits of length and the digits for a
        numeric identifier, `1` and the text for another, each ended by `!`, which sorts before all they are made of.
        """
        core = ".".join(f"{number:016}" for number in self.core)
        return core + ("".join(map(_identifier_key, self.prerelease)) or RELEASE)

    def __lt__(self, other: "Version") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        prerelease = "-" + ".".join(map(str, self.prerelease)) if self.prerelease else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{'+' + self.build if self.build else ''}"


def identifiers(prerelease: str | None) -> tuple[int | str, ...]:
    """The identifiers of `prerelease` (written without its hyphen), numeric ones as numbers."""
    return tuple(int(part) if part.isdecimal() else part for part in prerelease.split(".")) if prerelease else ()


def sort_key(text: str) -> str | None:
    """The key (`Version.key`) of a package's version, or None where `text` has no place in the order (a tag, a hash).

    One or two plain numbers are completed with zeros: `1.0` sorts as `1.0.0`. A version that
    packages_app.domain.names.check_version accepts has a key of at most 230 characters.
    """
    version = Version.parse(text + ".0" * (2 - text.count(".")) if _SHORT.fullmatch(text) else text)
    return version.key if version else None


def _identifier_key(identifier: int | str) -> str:
    if isinstance(identifier, int):
        digits = str(identifier)
        return f"0{len(digits):03}{digits}!"
    return f"1{identifier}!"
