"""How wide a Python version specifier is.

Source: PEP 440 (version specifiers) as `packaging` reads it; Poetry's caret, tilde and bare versions as in its manual.
"""

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def within_one_minor(specifiers: str) -> bool:
    """Whether every version that `specifiers` admits has one and the same major.minor; raises ValueError for none."""
    try:
        parsed = SpecifierSet(specifiers)
        if any(one.operator == "===" for one in parsed):  # one version, word for word, which need not be any of PEP 440
            return True
        lower = max((_lower(one) for one in parsed if _bounds_below(one)), default=Version("0"))
        return any(_closes(one, lower) for one in parsed)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise ValueError(f"{specifiers} is no version specifier.") from error


def from_poetry(constraint: str) -> str:
    """Poetry's own spelling as PEP 440: `^1.2` is `>=1.2,<2`, `~1.2` `>=1.2,<1.3`, `1.2` and `=1.2` `==1.2`, `*` nothing."""
    return ",".join(_from_poetry(part.strip()) for part in constraint.split(",") if part.strip() not in {"", "*"})


def _from_poetry(part: str) -> str:
    if part[0].isdigit() or (part[0] == "=" and part[1:2] != "="):
        return f"=={part.removeprefix('=').strip()}"
    if part[0] not in "^~" or part.startswith("~="):
        return part
    text = part[1:].strip()
    try:
        numbers = list(Version(text).release)
    except InvalidVersion as error:
        raise ValueError(f"{part} is no version constraint.") from error
    if part[0] == "~":
        at = min(1, len(numbers) - 1)
    else:
        at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    upper = [*numbers[:at], numbers[at] + 1]
    return f">={text},<{'.'.join(map(str, upper))}"


def _bounds_below(one: Specifier) -> bool:
    return one.operator in {"==", "~=", ">=", ">"}


def _lower(one: Specifier) -> Version:
    return Version(one.version.removesuffix(".*"))


def _closes(one: Specifier, lower: Version) -> bool:
    """Whether `one` keeps everything from `lower` upwards under the next minor version."""
    version = _lower(one)
    release = len(version.release)
    if one.operator == "==" and not one.version.endswith(".*"):
        return True
    if one.operator == "==":
        return release >= 2
    if one.operator == "~=":
        return release >= 3
    minor = (lower.epoch, lower.major, lower.minor)
    if one.operator == "<=":
        return (version.epoch, version.major, version.minor) <= minor
    if one.operator != "<":
        return False
    # `<1.3` leaves the pre-releases of 1.3 out, `<1.3rc1` does not.
    following = Version(f"{lower.epoch}!{lower.major}.{lower.minor + 1}" + (".dev0" if version.is_prerelease else ""))
    return version <= following
