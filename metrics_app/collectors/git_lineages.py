"""Files followed through their renames, from the first commit to the last."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from metrics_app.collectors.git_log import Change
from metrics_app.domain.evidence import FileHistory


@dataclass(slots=True)
class Lineage:
    """One file under all its names: who created it, and how often others and they changed it."""

    creators: list[int] = field(default_factory=list)
    changes: Counter[int] = field(default_factory=Counter)
    moved_to: str = ""

    def history(self, path: str) -> FileHistory:
        return FileHistory(path, tuple(dict.fromkeys(self.creators)), tuple(self.changes.items()))


class Lineages:
    """All files of a history, told each commit's changes in topological order, parents first.

    A path that was renamed away still means the same file, since a branch that forked before may go on changing it
    there, until something is created in its place. A path that was deleted and came back is the file it was.
    """

    def __init__(self) -> None:
        self._by_path: dict[str, Lineage] = {}

    def take(self, author: int, change: Change) -> None:
        if change.status == "A":
            self._created(author, change.path)
        elif change.status == "R":
            self._renamed(author, change.was, change.path)
        elif change.status != "D":
            self._at(change.path).changes[author] += 1

    def at(self, paths: Iterator[str]) -> Iterator[FileHistory]:
        """The histories of the files at `paths`, without creators where their beginning was not seen."""
        for path in paths:
            yield self._by_path.get(path, Lineage()).history(path)

    def _created(self, author: int, path: str) -> None:
        known = self._by_path.get(path)
        if known is None or known.moved_to not in {"", path}:
            known = self._by_path[path] = Lineage()
        known.creators.append(author)

    def _renamed(self, author: int, was: str, path: str) -> None:
        lineage = self._at(was)
        lineage.changes[author] += 1
        lineage.moved_to = path
        self._by_path[path] = lineage

    def _at(self, path: str) -> Lineage:
        return self._by_path.setdefault(path, Lineage())
