"""A package's archive, opened: its framing checked before anything is read, its files checked while they are.

Nothing is unpacked to disk. Memory is bounded by the chunk, or by the limit that the caller of `read` gives.
"""

import io
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, cast

from packages_app.domain.framing import Limits, Member, read_framing
from packages_app.domain.members import CHUNK_BYTES, MemberFile, stream_member
from packages_app.domain.refusals import Unacceptable, shown
from packages_app.domain.scan import HEAD_BYTES, Scan, archive_budget, scan_member

_FOREIGN = frozenset({"__MACOSX", ".DS_Store"})  # what Finder adds beside the folder that it packs


class Archive:
    """An archive over a seekable binary file, which stays the caller's to close.

    `members` in the order of their data; `top`: the one folder that holds everything, with its slash, or "". Paths
    given to the methods are relative to `top`. Streams may be interleaved, not shared between threads.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Raises Unacceptable unless the framing is sound."""
        self._file = file
        self.members = read_framing(file, file.seek(0, io.SEEK_END), limits)
        self._budget = archive_budget(sum(member.size for member in self.members))
        self.top = _top(self.members)

    @cached_property
    def _by_path(self) -> dict[str, Member]:
        return {member.path: member for member in self.members if not member.is_directory}

    def find(self, path: str) -> Member | None:
        """The file at `path`, if there is one."""
        return self._by_path.get(self.top + path)

    def path_of(self, member: Member) -> str:
        """The path of `member` relative to `top`: "" for `top` itself; unchanged for what lies beside it."""
        return "" if f"{member.path}/" == self.top else member.path.removeprefix(self.top)

    def read(self, path: str, limit: int) -> bytes | None:
        """All of the file at `path`, or None where there is none; more than `limit` bytes are refused."""
        member = self.find(path)
        if member is None:
            return None
        if member.size > limit:
            raise Unacceptable(f"{shown(path)} has {member.size} bytes; at most {limit} are read.", "file_too_large")
        return b"".join(self.stream(member))

    def stream(self, member: Member, chunk_size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes of `member` in chunks of at most `chunk_size`, none of them empty.

        Raises Unacceptable (`corrupt_file`), at the latest in place of the end: see stream_member.
        """
        return stream_member(self._file, member, chunk_size)

    def open(self, member: Member) -> BinaryIO:
        """`member` as a file that can seek, for a look around; only `stream` checks that it is whole."""
        return cast("BinaryIO", io.BufferedReader(MemberFile(self._file, member), CHUNK_BYTES))

    def scan(self, member: Member) -> Scan:
        """What `member` could do to whoever opens it. The archive's files share the time there is to scan it: raises
        Unacceptable (`too_costly`) where it doesn't last for one that may be a program."""
        with self.open(member) as file:
            head = file.read(HEAD_BYTES)
        scan = scan_member(head, lambda: self.open(member), self.path_of(member), member.size, self._budget)
        if scan.is_starved:
            said = "takes longer to scan than one archive may; leave out what is not needed, or split the package"
            raise Unacceptable(f"The archive {said}: {shown(member.path)} could not be looked at.", "too_costly")
        return scan


def _top(members: tuple[Member, ...]) -> str:
    """The folder that holds every file, as zipping a folder makes it; empty where there is none.

    What Finder adds may lie beside it, unless two files would get the same relative path.
    """
    folders = set()
    for member in members:
        folder, slash, _ = member.path.partition("/")
        if folder not in _FOREIGN:
            folders.add(f"{folder}/" if slash or member.is_directory else "")
    top = folders.pop() if len(folders) == 1 else ""
    beside = {member.path for member in members if not f"{member.path}/".startswith(top)}
    return (
        "" if any(member.path.removeprefix(top) in beside for member in members if member.path.startswith(top)) else top
    )
