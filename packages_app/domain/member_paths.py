"""Which names a file in an archive may have: those that mean the same file on every system, and none outside it."""

import re
import unicodedata
from functools import lru_cache

from packages_app.domain.refusals import Unacceptable, shown

COMPONENT_BYTES = 255
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}) | {
    port + digit for port in ("com", "lpt") for digit in "0123456789"
}
_LONGEST_DEVICE = max(map(len, _DEVICES))
_JOINERS = "\u200c\u200d"  # belong to the spelling of Persian, Indic scripts and emoji
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Characters that leave no trace without being of a category in _UNSEEN: names that differ in them look the same.
_TRACELESS = re.compile(
    f"[{_JOINERS}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def safe_path(raw: bytes, *, longest: int) -> str:
    """The path that `raw` names, with its trailing slash if it has one; a file's name is at most `longest` bytes.

    Raises Unacceptable (`bad_path`) for a name that is not UTF-8, that leads out of the archive, that some system would
    read as another file (a drive, a device, a stream, a path with other separators), or that shows other than it is.
    """
    if len(raw) > longest:
        raise _bad(raw, f"is longer than {longest} bytes; shorten it")
    try:
        path = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad(raw, "is not UTF-8; pack the archive again with UTF-8 names") from None
    if not path:
        raise Unacceptable("The archive holds a file without a name; pack it again.", "bad_path")
    _check_characters(path)
    folder, slash, name = path.removesuffix("/").rpartition("/")
    if slash:
        _check_folder(folder)
    _check_component(path, name)
    if not path.isascii():
        _check_compatible_form(path)
    return path


def clash_key(path: str) -> bytes:
    """Equal for two paths that a file system that ignores case or normalises Unicode can't keep apart.

    Slashes become NUL, which sorts before everything else, so that among sorted keys a directory's files follow it.
    """
    return _folded(path).replace("/", "\0").encode("utf-8", "surrogatepass")


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    folded = unicodedata.normalize("NFKC", _TRACELESS.sub("", path)).casefold()
    return unicodedata.normalize("NFKC", folded)


def _check_characters(path: str) -> None:
    if "\\" in path:
        raise _bad(path, "holds a backslash; separate directories with /")
    if ":" in path:
        raise _bad(path, "holds a colon, which means a drive or a hidden stream on Windows; rename it")
    if path.isprintable():
        return
    for character in path:
        if unicodedata.category(character) in _UNSEEN and character not in _JOINERS:
            raise _bad(path, f"holds the invisible character U+{ord(character):04X}; rename it")


@lru_cache(maxsize=1024)  # most files share their folder with others
def _check_folder(folder: str) -> None:
    for component in folder.split("/"):
        _check_component(folder, component)


def _check_component(path: str, component: str) -> None:
    if not component:
        raise _bad(path, "is absolute or has an empty part; use paths relative to the archive's root")
    if component in {".", ".."}:
        raise _bad(path, f"holds the part {component!r}; use plain paths below the archive's root")
    if component[-1] in ". ":
        raise _bad(path, "has a part that ends in a dot or a space, which Windows drops; rename it")
    if len(component) > COMPONENT_BYTES // 4 and len(component.encode()) > COMPONENT_BYTES:
        raise _bad(path, f"has a part longer than {COMPONENT_BYTES} bytes; shorten it")
    stem = component.partition(".")[0].rstrip(" ")
    if len(stem) <= _LONGEST_DEVICE and _folded(stem) in _DEVICES:
        raise _bad(path, "has the name of a Windows device; rename it")


def _check_compatible_form(path: str) -> None:
    """Full-width slashes and the like, which become real ones where names are normalised."""
    if unicodedata.is_normalized("NFKC", path):
        return
    compatible = unicodedata.normalize("NFKC", path)
    parts = compatible.removesuffix("/").split("/")
    if "\\" in compatible or compatible.count("/") != path.count("/") or not {"", ".", ".."}.isdisjoint(parts):
        raise _bad(path, "turns into another path under Unicode normalisation; rename it")


def _bad(name: str | bytes, why: str) -> Unacceptable:
    return Unacceptable(f"The file name {shown(name)} {why}.", "bad_path")
