"""git's log as values, one commit at a time while git writes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from metrics_app.collectors.git_command import Git, GitFailed

SUBMODULE = "160000"
START = "\x01"
#: What every entry of a log starts with: the commit, its author by the mailmap, and who its trailers say reviewed it.
FORMAT = "--format=%x01%H%x00%aN%x00%aE%x00%(trailers:key=Reviewed-by,valueonly,separator=%x1f)"
FIELDS = 3
#: Nothing of the repository's own is run to tell files apart.
PLAIN = ("-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all")


@dataclass(frozen=True, slots=True)
class Change:
    """A file as one commit changed it: `status` A, M, T, D or R; `was` is its path before, other than `path` for R.

    `blobs` are the ids of its content before and after, those that exist.
    """

    status: str
    was: str
    path: str
    blobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit: `added` lines by path when asked for, else `changes`."""

    sha: str
    name: str
    email: str
    reviewed_by: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    added: tuple[tuple[str, int], ...] = ()


def with_changes(git: Git, *selection: str) -> Iterator[Entry]:
    """The selected commits and what they did to files, merges left out unless selected. Raises GitFailed."""
    yield from _entries(git, "--raw", *selection)


def with_lines(git: Git, *selection: str) -> Iterator[Entry]:
    """The selected commits and the lines they added; binary files are left out. Raises GitFailed."""
    yield from _entries(git, "--numstat", *selection)


def _entries(git: Git, form: str, *selection: str) -> Iterator[Entry]:
    tokens = git.tokens("log", *PLAIN, FORMAT, form, *selection)
    head: tuple[str, ...] = ()
    changes: list[Change] = []
    added: list[tuple[str, int]] = []
    try:
        for token in tokens:
            if token.startswith(START):
                if head:
                    yield _entry(head, changes, added)
                head = (token[1:], *(next(tokens) for _ in range(FIELDS)))
                changes, added = [], []
            elif token.startswith((":", "\n:")):
                changes += _change(token.strip("\n"), tokens)
            elif token.strip("\n"):
                added += _lines(token.lstrip("\n"), tokens)
    except (StopIteration, ValueError) as error:
        raise GitFailed("git's log can't be read.") from error
    if head:
        yield _entry(head, changes, added)


def _entry(head: tuple[str, ...], changes: list[Change], added: list[tuple[str, int]]) -> Entry:
    reviewed_by = tuple(name.strip() for name in head[3].split("\x1f") if name.strip())
    return Entry(head[0], head[1], head[2], reviewed_by, tuple(changes), tuple(added))


def _change(meta: str, paths: Iterator[str]) -> list[Change]:
    """What `:mode mode id id status` and the one or two paths after it say; nothing for a submodule."""
    old_mode, new_mode, old, new, status = meta[1:].split(" ")
    was = next(paths)
    path = next(paths) if status[0] in "RC" else was
    if SUBMODULE in {old_mode, new_mode}:
        return []
    return [Change(status[0], was, path, tuple(blob for blob in (old, new) if set(blob) != {"0"}))]


def _lines(stat: str, paths: Iterator[str]) -> list[tuple[str, int]]:
    """What `added deleted path` says; of a renamed file the path is empty and two follow."""
    added, _, path = stat.split("\t", 2)
    if not path:
        next(paths)
        path = next(paths)
    return [] if added == "-" else [(path, int(added))]
