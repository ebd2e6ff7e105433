import io
from dataclasses import replace

import pytest

from packages_app.archive import Archive
from packages_app.domain.framing import Limits
from packages_app.domain.refusals import Unacceptable
from packages_app.inspection import WEIGHT_FILES, manifests_of
from tests.packages_app.zips import Entry, archive, deflated

LIMITS = Limits(members=100, unpacked_bytes=1 << 30, member_bytes=1 << 30, ratio=2000)
TEXT = bytes(range(256)) * 5000


def opened(*entries: Entry) -> Archive:
    return Archive(io.BytesIO(archive(entries)), LIMITS)


def folder(*names: str) -> Archive:
    return opened(
        *(Entry(name.encode(), b"" if name.endswith("/") else name.encode(), method=0, attributes=0) for name in names)
    )


@pytest.mark.parametrize(
    ("names", "top", "paths"),
    [
        (["a"], "", ["a"]),
        (["model/a", "model/b/c"], "model/", ["a", "b/c"]),
        (["model/", "model/a"], "model/", ["", "a"]),
        (["model/", "model/model"], "model/", ["", "model"]),
        (["a/x", "b/x"], "", ["a/x", "b/x"]),
        (["a/x", "README.md"], "", ["a/x", "README.md"]),
        (["m/a", "__MACOSX/m/._a"], "m/", ["a", "__MACOSX/m/._a"]),
        (["m/__MACOSX/x", "__MACOSX/x"], "", ["m/__MACOSX/x", "__MACOSX/x"]),
        (["__MACOSX/x"], "", ["__MACOSX/x"]),
        (["m/a", ".DS_Store"], "m/", ["a", ".DS_Store"]),
        (["m/a", "m/.DS_Store", ".DS_Store"], "", ["m/a", "m/.DS_Store", ".DS_Store"]),
        (["m/.DS_Store/x", ".DS_Store"], "m/", [".DS_Store/x", ".DS_Store"]),
        (["a/", "b/"], "", ["a", "b"]),
    ],
)
def test_paths_are_relative_to_the_one_top_folder(names: list[str], top: str, paths: list[str]) -> None:
    found = folder(*names)
    assert (found.top, [found.path_of(member) for member in found.members]) == (top, paths)


def test_files_are_read_by_their_relative_path() -> None:
    found = opened(Entry(b"m/a", TEXT), Entry(b"m/b", TEXT, method=0), Entry(b"m/d/", method=0, attributes=0))
    assert [found.read(path, len(TEXT)) for path in ("a", "b", "c", "d", "m/a")] == [TEXT, TEXT, None, None, None]


def test_files_over_the_limit_are_refused() -> None:
    with pytest.raises(Unacceptable) as caught:
        opened(Entry(b"a", TEXT)).read("a", len(TEXT) - 1)
    assert caught.value.code == "file_too_large"


@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("chunk_size", [1000, 1 << 20])
def test_streams_come_in_bounded_chunks_and_may_interleave(method: int, chunk_size: int) -> None:
    found = opened(Entry(b"a", TEXT, method=method), Entry(b"b", TEXT[::-1], method=method))
    first, second = bytearray(), bytearray()
    for one, other in zip(*(found.stream(member, chunk_size) for member in found.members), strict=True):
        assert 0 < max(len(one), len(other)) <= chunk_size
        first += one
        second += other
    assert (bytes(first), bytes(second)) == (TEXT, TEXT[::-1])


@pytest.mark.parametrize(
    "entry",
    [
        Entry(b"a", TEXT, central={"crc": 1}, local={"crc": 1}),
        Entry(b"a", TEXT, method=0, central={"crc": 1}, local={"crc": 1}),
        Entry(b"a", TEXT, packed=deflated(TEXT + b"more")),
        Entry(b"a", TEXT, packed=deflated(TEXT[:-1])),
        Entry(b"a", TEXT, packed=deflated(TEXT)[:-1]),
        Entry(b"a", TEXT, packed=deflated(TEXT) + b"x"),
        Entry(b"a", TEXT, packed=deflated(TEXT) + bytes(1 << 20)),
        Entry(b"a", TEXT, packed=b"\xff" * 2000),
        Entry(b"a", b"", packed=deflated(b"x"), central={"crc": 0}, local={"crc": 0}),
        Entry(b"a", TEXT, packed=deflated(bytes(1 << 24))),
    ],
)
def test_data_that_are_not_as_declared_are_refused(entry: Entry) -> None:
    found = opened(entry)
    chunks: list[bytes] = []
    with pytest.raises(Unacceptable) as caught:
        chunks.extend(found.stream(found.members[0], 4096))
    assert caught.value.code == "corrupt_file"
    assert '"a"' in caught.value.detail
    assert sum(map(len, chunks)) <= len(entry.data)


@pytest.mark.parametrize("method", [0, 8])
def test_members_open_as_files_that_seek(method: int) -> None:
    found = opened(Entry(b"x", b"before"), Entry(b"a", TEXT, method=method), Entry(b"y", b"after"))
    with found.open(found.members[1]) as file:
        for at, whence in ((0, 0), (700_000, 0), (5, 0), (-9, 2), (-1_000_000, 1), (len(TEXT) + 9, 0), (-len(TEXT), 2)):
            here = file.seek(at, whence)
            assert file.read(1000) == TEXT[here : here + 1000]
        file.seek(0)
        assert file.read() == TEXT


def test_framing_is_checked_before_anything_is_read() -> None:
    data = archive([Entry(b"a", TEXT, local={"size": 1})])
    with pytest.raises(Unacceptable) as caught:
        Archive(io.BytesIO(data), replace(LIMITS, members=1))
    assert caught.value.code == "bad_archive"


def test_weights_in_too_many_files_are_refused() -> None:
    weights = [Entry(b"%d.bin" % number, method=0) for number in range(WEIGHT_FILES + 1)]
    data = archive([Entry(b"config.json", b"{}"), *weights])
    with pytest.raises(Unacceptable) as caught:
        manifests_of(Archive(io.BytesIO(data), replace(LIMITS, members=WEIGHT_FILES + 2)))
    assert caught.value.code == "archive_too_large"
