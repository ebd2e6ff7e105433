"""What a package and a version may be called.

Names are ASCII on purpose: two names that look the same are then the same but for the look-alikes among ASCII letters,
which packages_app.domain.similarity knows.
"""

import re
import unicodedata
from dataclasses import dataclass

NAME_LENGTH = 255
#: npm allows 214 characters in all and Hugging Face 96 for a repository, so that every name of either is accepted.
PART_LENGTH = 214
VERSION_LENGTH = 64
#: First words of object keys that are not packages.
RESERVED = frozenset({"staging"})

_PART = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_NAME_STRANGER = re.compile(r"[^0-9A-Za-z._/@-]")
_VERSION_STRANGER = re.compile(r"[^0-9A-Za-z.+_-]")
_NAME_ALPHABET = "A name is made of ASCII letters, digits, '.', '_' and '-', after at most one 'owner/' or '@scope/'"
_VERSION_ALPHABET = "A version is made of ASCII letters, digits, '.', '+', '_' and '-'"


class InvalidName(ValueError):
    """A text that can't name a package; `str(error)` says why in one sentence."""


class InvalidVersion(ValueError):
    """A text that can't be a package's version; `str(error)` says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Name:
    """A package's name in its parts: `owner` without its `@`, None where there is none."""

    base: str
    owner: str | None = None
    is_scoped: bool = False

    def __str__(self) -> str:
        if self.owner is None:
            return self.base
        return f"{'@' if self.is_scoped else ''}{self.owner}/{self.base}"


def parse_name(text: str) -> Name:
    """The parts of the name `text`: `base`, `owner/base` or `@scope/base`. Raises InvalidName.

    Case is kept. A part starts with a letter or a digit; the few npm names from before 2014 that start with `_`, `-`
    or `.` are refused, and so is white space around the name rather than silently dropped.
    """
    if not text:
        raise InvalidName("The name is empty: give one such as 'bert-base-uncased' or 'google/gemma-2b'.")
    if stranger := _NAME_STRANGER.search(text):
        raise InvalidName(f"{_NAME_ALPHABET}; this one has {described(stranger)}.")
    if len(text) > NAME_LENGTH:
        raise InvalidName(f"A name has at most {NAME_LENGTH} characters; this one has {len(text)}.")
    is_scoped = text.startswith("@")
    owner, slash, base = text.removeprefix("@").rpartition("/")
    if (is_scoped and not slash) or "/" in owner or "@" in owner + base:
        raise InvalidName(f"{_NAME_ALPHABET}; '{text}' is not formed like that.")
    for part in (owner, base) if slash else (base,):
        _check_part(part)
    if (owner or base).lower() in RESERVED:
        raise InvalidName(f"'{owner or base}' is kept for the registry's own use: choose another name.")
    return Name(base=base, owner=owner if slash else None, is_scoped=is_scoped)


def check_name(text: str) -> str:
    """`text` itself, if it can name a package. Raises InvalidName."""
    return str(parse_name(text))


def check_version(text: str) -> str:
    """`text` itself, if it can be a version: semver, a tag or a commit hash alike. Raises InvalidVersion."""
    if not text:
        raise InvalidVersion("The version is empty: give one such as '1.0.0', 'main' or a commit hash.")
    if stranger := _VERSION_STRANGER.search(text):
        raise InvalidVersion(f"{_VERSION_ALPHABET}; this one has {described(stranger)}.")
    if len(text) > VERSION_LENGTH:
        raise InvalidVersion(f"A version has at most {VERSION_LENGTH} characters; this one has {len(text)}.")
    if text[0] in ".+_-":
        raise InvalidVersion(f"A version starts with a letter or a digit; '{text}' starts with '{text[0]}'.")
    if ".." in text:
        raise InvalidVersion(f"A version has no two dots in a row; '{text}' has.")
    return text


def described(stranger: re.Match[str]) -> str:
    """The character matched, and its place, such that a reader can tell it from a look-alike."""
    character, place = stranger.group(), f"at position {stranger.start() + 1}"
    if character == " ":
        return f"a space {place}"
    if character.isascii() and character.isprintable():
        return f"{character!r} {place}"
    known_as = unicodedata.name(character, "control character" if character.isascii() else "character")
    return f"{known_as} (U+{ord(character):04X}) {place}"


def _check_part(part: str) -> None:
    if not part:
        raise InvalidName(f"{_NAME_ALPHABET}; here the part before or after the '/' is empty.")
    if len(part) > PART_LENGTH:
        raise InvalidName(f"Each part of a name has at most {PART_LENGTH} characters; one here has {len(part)}.")
    if not _PART.fullmatch(part):
        raise InvalidName(f"Each part of a name starts with a letter or a digit; '{part}' starts with '{part[0]}'.")
    if ".." in part:
        raise InvalidName(f"A name has no two dots in a row; '{part}' has.")
