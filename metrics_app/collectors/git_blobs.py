"""Which file contents a history needs, fetched in a few requests: a clone without blobs has none of them.

Renames of files that were also edited, and counts of added lines, can't be told from hashes alone. Letting git fetch
what it misses would ask the server once a commit.
"""

from collections.abc import Iterable, Iterator

from metrics_app.collectors.git_clones import FETCH
from metrics_app.collectors.git_command import Git, GitTooLarge
from metrics_app.collectors.git_log import with_changes

#: At most so many are fetched at once, and in all.
AT_ONCE, IN_ALL = 20_000, 400_000


def fetch_blobs(git: Git, wanted: Iterable[str]) -> None:
    """Fetch those of `wanted` (object ids) that are not there yet. Raises GitFailed and its kinds."""
    missing: set[str] = set()
    for blob in wanted:
        missing.add(blob)
        if len(missing) > IN_ALL:
            raise GitTooLarge("It has more changed files than are looked at.")
    if missing:
        missing.difference_update(_held(git))
    ordered = sorted(missing)
    for start in range(0, len(ordered), AT_ONCE):
        batch = ordered[start : start + AT_ONCE]
        noop = ("-c", "fetch.negotiationAlgorithm=noop")
        git.run(*noop, *FETCH, "--filter=blob:none", "--stdin", "origin", lines=batch)


def rename_candidates(git: Git, *selection: str) -> Iterator[str]:
    """Files added and deleted by one commit that no equal content pairs already: any of them may be a rename."""
    for commit in with_changes(git, "-M100%", "--diff-filter=AD", *selection):
        if len({change.status for change in commit.changes}) == 2:  # both A and D
            for change in commit.changes:
                yield from change.blobs


def changed_blobs(git: Git, *selection: str) -> Iterator[str]:
    """Both sides of every file that the selected commits changed."""
    for commit in with_changes(git, "--no-renames", *selection):
        for change in commit.changes:
            yield from change.blobs


def _held(git: Git) -> Iterator[str]:
    return git.tokens("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)", cut=b"\n")
