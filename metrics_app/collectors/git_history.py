"""What a clone's history says about its people: who wrote which file, and what came in by the default branch.

All commits but merges are read for authorship, renames followed at git's usual likeness of 50 %; the newest of the
default branch's first-parent history for added lines, each merge counting as one commit that brought in its branch.
"""

from collections.abc import Iterator
from itertools import chain, islice

from metrics_app.collectors import real_tests
from metrics_app.collectors.files import Files
from metrics_app.collectors.git_blobs import changed_blobs, fetch_blobs, rename_candidates
from metrics_app.collectors.git_command import Git, GitTooLarge
from metrics_app.collectors.git_lineages import Lineages
from metrics_app.collectors.git_log import with_changes, with_lines
from metrics_app.domain.evidence import FileHistory, GitEvidence, MainlineCommit, Person
from metrics_app.domain.pull_request import NEWEST
from metrics_app.domain.source_files import NAMES, is_source

MOST_FILES = 200_000
TESTS_READ = 25
BLOB_BYTES = 64 * 1024
MAINLINE = ("--first-parent", "--diff-merges=first-parent")
FOLLOWED = ("-M50%", "-l1000")


class People:
    """The people that commits name, each with the number of its first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[Person, int] = {}

    def number(self, name: str, email: str) -> int:
        return self._numbers.setdefault(Person(name, email), len(self._numbers))

    def all(self) -> tuple[Person, ...]:
        return tuple(self._numbers)


def history(git: Git, repository: str, *, most_commits: int) -> GitEvidence:
    """The evidence that the clone of `repository` gives. Raises GitFailed and its kinds."""
    head = git.run("rev-parse", "--verify", "HEAD").decode().strip()
    tree = _tree(git)
    newest = git.run("rev-list", "--first-parent", f"--max-count={NEWEST + 1}", "HEAD").decode().split()
    tests = real_tests.candidates(tree)[:TESTS_READ]
    everything = (f"--max-count={most_commits}", "--no-merges", "HEAD")
    fetch_blobs(git, [tree[path] for path in (*tests, ".mailmap") if path in tree])  # a log looks into the mailmap
    mainline = _mainline_selection(git, len(newest))
    fetch_blobs(git, chain(rename_candidates(git, *everything), changed_blobs(git, *mainline)))
    people = People()
    entered = tuple(_mainline(git, people, *mainline))
    files, commits = _files(git, tree, people, *everything)
    cut = (git.repository / "shallow").exists()
    return GitEvidence(
        repository=repository,
        head=head,
        people=people.all(),
        files=files,
        commits=commits,
        mainline=entered,
        mainline_complete=len(newest) <= NEWEST and not cut,
        tests=_real_tests(git, {path: tree[path] for path in tests}),
        complete=not cut and commits < most_commits,
    )


def _tree(git: Git) -> dict[str, str]:
    """The blobs of the head's files by path."""
    tree: dict[str, str] = {}
    for token in git.tokens("ls-tree", "-r", "-z", "--full-tree", "HEAD"):
        meta, _, path = token.partition("\t")
        mode, sort, blob = meta.split(" ")
        if sort == "blob" and mode != "120000":
            tree[path] = blob
        if len(tree) > MOST_FILES:
            raise GitTooLarge(f"It has more than {MOST_FILES:,} files.")
    return tree


def _files(git: Git, tree: dict[str, str], people: People, *selection: str) -> tuple[tuple[FileHistory, ...], int]:
    """The source files at the head with their histories, and the number of commits."""
    lineages, commits = Lineages(), 0
    beginnings = _cut_commits(git)
    for commit in with_changes(git, "--topo-order", "--reverse", *FOLLOWED, *selection):
        commits += 1
        if commit.sha in beginnings:
            continue  # it seems to create what came before the cut
        author = people.number(commit.name, commit.email)
        for change in commit.changes:
            lineages.take(author, change)
    return tuple(lineages.at(path for path in sorted(tree) if is_source(path))), commits


def _cut_commits(git: Git) -> frozenset[str]:
    """The oldest commits of a history that was cut; none where it is whole."""
    shallow = git.repository / "shallow"
    return frozenset(shallow.read_text(encoding="ascii").split()) if shallow.exists() else frozenset()


def _mainline_selection(git: Git, commits: int) -> tuple[str, ...]:
    """The newest commits of the first-parent history, and of what they changed only files named as source is there.

    git compares many patterns slowly; those of the kinds of source that occur are few.
    """
    since = () if commits <= NEWEST else (f"^HEAD~{NEWEST}",)
    newest = (*MAINLINE, "HEAD", *since)
    kinds = {_kind(change.path) for commit in with_changes(git, "--no-renames", *newest) for change in commit.changes}
    return (*newest, "--", *sorted(kinds - {""} or {":(glob)**/no source"}))


def _kind(path: str) -> str:
    """A pattern for files named as the one at `path` is; none for what is no source."""
    if not is_source(path):
        return ""
    name = path.rpartition("/")[2]
    return f":(glob)**/{name}" if name.lower() in NAMES else f"*.{name.rpartition('.')[2]}"


def _mainline(git: Git, people: People, *selection: str) -> Iterator[MainlineCommit]:
    cut = _cut_commits(git)
    for commit in islice(with_lines(git, *FOLLOWED, *selection), NEWEST):
        added = sum(lines for path, lines in commit.added if is_source(path))
        if added and commit.sha not in cut:
            yield MainlineCommit(commit.sha, people.number(commit.name, commit.email), added, commit.reviewed_by)


def _real_tests(git: Git, blobs: dict[str, str]) -> tuple[str, ...]:
    files = Files(
        dict.fromkeys(blobs, BLOB_BYTES), lambda path, most: git.run("cat-file", "blob", blobs[path], most=most)
    )
    return real_tests.found_tests(files)[0]
