import io
import random
import struct
import subprocess
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from packages_app.archive import Archive
from packages_app.domain.framing import Limits, Member, read_framing
from packages_app.domain.polyglots import is_tar_header
from packages_app.domain.refusals import Unacceptable
from tests.packages_app.zips import DESCRIPTOR, FULL_16, FULL_32, UTF8, Entry, archive, deflated, extra, zip64

LIMITS = Limits(members=1000, unpacked_bytes=1 << 40, member_bytes=1 << 39, ratio=50)
README = Entry(b"model/README.md", b"# A model\n" * 9)
CONFIG = Entry(b"model/config.json", b'{"name": "a"}', method=0)


def framing(data: bytes, limits: Limits = LIMITS) -> tuple[Member, ...]:
    return read_framing(io.BytesIO(data), len(data), limits)


def contents(data: bytes, limits: Limits = LIMITS) -> dict[str, bytes]:
    opened = Archive(io.BytesIO(data), limits)
    return {member.path: b"".join(opened.stream(member)) for member in opened.members if not member.is_directory}


def refusal(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Unacceptable) as caught:
        contents(data, limits)
    assert caught.value.detail.endswith(".")
    return caught.value.code


def test_members_carry_the_offset_of_their_data() -> None:
    data = archive([README, CONFIG])
    first, second = framing(data)
    assert first == Member(
        "model/README.md", 90, len(README.body()), zlib.crc32(README.data), "deflate", 45, is_directory=False
    )
    assert data[second.offset : second.offset + second.size] == CONFIG.data


def streamed(entry: Entry, **changes: object) -> Entry:
    changed = replace(entry, **changes)  # type: ignore[arg-type]
    return replace(changed, flags=changed.flags | DESCRIPTOR)


UT = extra(0x5455, b"\3" + bytes(8))
FOLDER = Entry(b"model/", method=0, attributes=0o40755 << 16 | 0x10)
WRITERS = {
    "Info-ZIP": [
        replace(
            FOLDER,
            local_extra=UT + extra(0x7875, b"\1\4\0\0\0\0\4\0\0\0\0"),
            central_extra=extra(0x5455, b"\3" + bytes(4)),
        ),
        replace(README, local_extra=UT, central_extra=extra(0x5455, b"\3" + bytes(4)), flags=0x0002),
        CONFIG,
    ],
    "Info-ZIP, piped": [streamed(README, version=20), streamed(CONFIG, version=10)],
    "Finder": [
        replace(FOLDER, made_by=0x0315, local_extra=extra(0x5855, bytes(12)), attributes=0o40755 << 16 | 0x4000),
        streamed(README, made_by=0x0315, local_extra=extra(0x5855, bytes(12)), attributes=0o100644 << 16 | 0x4000),
        streamed(Entry(b"__MACOSX/model/._README.md", b"\0\5\x16\7\0\2\0\0Mac OS X"), made_by=0x0315),
    ],
    "Finder, decomposed names without the flag": [Entry("model/re\u0301sume\u0301.md".encode(), b"x", made_by=0x0315)],
    "Windows Explorer": [
        replace(README, made_by=0x0014, attributes=0x20),
        replace(CONFIG, made_by=0x0014, attributes=0x20),
        Entry(b"model/empty/", method=0, made_by=0x0014, attributes=0x10),
    ],
    "Windows 11, libarchive": [streamed(README, flags=UTF8, local={"size": 90}, local_extra=UT)],
    "Go": [
        Entry(b"model/", method=0, made_by=0x0014, attributes=0),
        streamed(README, made_by=0x0014, flags=UTF8, attributes=0),
        streamed(CONFIG, made_by=0x0014, flags=UTF8, attributes=0),
    ],
    "Java jar": [
        Entry(
            b"META-INF/",
            method=0,
            version=10,
            made_by=0x000A,
            attributes=0,
            local_extra=extra(0xCAFE, b""),
            central_extra=extra(0xCAFE, b""),
        ),
        streamed(README, flags=UTF8, made_by=0x0014, attributes=0),
    ],
    "Java ZipOutputStream, deflated directory": [
        streamed(Entry(b"model/", packed=b"\3\0"), made_by=0x0014, attributes=0),
        README,
    ],
    "Java, descriptor without a signature": [streamed(README, descriptor="<LLL")],
    "Python, ZIP64 forced and 32-bit sizes kept": [
        replace(README, local_extra=zip64(90, len(README.body())), version=45)
    ],
    "Python, ZIP64 forced": [
        replace(
            README, local_extra=zip64(90, len(README.body())), version=45, local={"size": FULL_32, "packed": FULL_32}
        )
    ],
    "Python, ZIP64 streamed": [
        streamed(
            README, version=45, local_extra=zip64(0, 0), local={"size": FULL_32, "packed": FULL_32}, descriptor="<4sLQQ"
        )
    ],
    "ZIP64 streamed without a signature": [
        streamed(
            README, version=45, local_extra=zip64(0, 0), local={"size": FULL_32, "packed": FULL_32}, descriptor="<LQQ"
        )
    ],
    "Info-ZIP, ZIP64 in the directory": [
        replace(
            README,
            version=45,
            local={"size": FULL_32, "packed": FULL_32},
            local_extra=zip64(90, len(README.body())),
            central={"size": FULL_32, "packed": FULL_32},
            central_extra=zip64(90, len(README.body())),
        )
    ],
    "7-Zip": [
        replace(README, made_by=0x003F, attributes=0x20, central_extra=extra(0x000A, bytes(32))),
        replace(CONFIG, made_by=0x003F),
    ],
    "7-Zip, Unicode": [Entry("model/模型.md".encode(), b"x", flags=UTF8, made_by=0x003F)],
    "miniz, as PyTorch uses it": [streamed(replace(CONFIG, flags=UTF8), local_extra=extra(0x4246, b"Z" * 20))],
    "a Unicode path that agrees": [
        replace(README, central_extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(README.name)) + README.name))
    ],
    "Maven, without a mode": [replace(FOLDER, attributes=0xFFFF0010), replace(README, attributes=0xFFFF0000)],
    "libarchive, attributes repeated": [
        replace(FOLDER, local_extra=extra(0x6C78, b"\7" + struct.pack("<2HL", 0x0314, 0, 0o40755 << 16))),
        replace(README, local_extra=extra(0x6C78, b"\x0b" + struct.pack("<3H", 0x0314, 0, 2) + b"hi")),
    ],
    "an empty file": [Entry(b"model/empty", method=0), Entry(b"model/empty2")],
    "a comment on a file": [replace(README, comment="gründlich".encode())],
}


@pytest.mark.parametrize("writer", WRITERS)
def test_archives_of_common_writers_are_accepted(writer: str) -> None:
    entries = WRITERS[writer]
    expected = {entry.name.decode(): entry.data for entry in entries if not entry.name.endswith(b"/")}
    assert contents(archive(entries)) == expected


@pytest.mark.parametrize(
    "data",
    [
        archive([README, CONFIG], comment=b"9a0b41c4e2a1d3f5b6a7c8d9e0f1a2b3c4d5e6f7"),
        archive([README, CONFIG], end64={}),
        archive(
            [README, CONFIG], end64={}, end={"here": FULL_16, "members": FULL_16, "length": FULL_32, "offset": FULL_32}
        ),
        archive([README, CONFIG], end64={}, end={"disk": FULL_16, "first_disk": FULL_16, "offset": FULL_32}),
        archive([README, CONFIG], reverse=True),
    ],
    ids=["comment", "ZIP64 end besides", "ZIP64 end", "ZIP64 end with full disk numbers", "directory in another order"],
)
def test_archives_with_sound_ends_are_accepted(data: bytes) -> None:
    assert contents(data) == {"model/README.md": README.data, "model/config.json": CONFIG.data}


def test_directory_has_no_slash() -> None:
    assert [(m.path, m.is_directory) for m in framing(archive([FOLDER, README]))] == [
        ("model", True),
        ("model/README.md", False),
    ]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_real_python_archives_are_accepted(compression: int) -> None:
    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", compression) as packer:
        packer.writestr("model/é.txt", b"text" * 99)
        with packer.open("model/large", "w", force_zip64=True) as large:
            large.write(b"large")
    assert contents(pipe.written) == {"model/é.txt": b"text" * 99, "model/large": b"large"}


@pytest.mark.parametrize(
    "command",
    [
        "zip -q -r - model",
        "zip -q -r -0 - model",
        "cat model/a | zip -q - model/a",
        "zip -q -fz -r a.zip model; cat a.zip",
    ],
)
def test_real_info_zip_archives_are_accepted(command: str, tmp_path: Path) -> None:
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "a").write_bytes(b"text" * 99)
    (tmp_path / "model" / "deep" / "größe.txt").write_bytes(b"")
    try:
        packed = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True, timeout=20)
    except (OSError, subprocess.CalledProcessError):
        packed = None
    if packed is None:
        pytest.skip("Info-ZIP is not installed; its layouts are generated above")
    assert b"text" * 99 in contents(packed.stdout).values()


def repeated(attributes: int) -> bytes:
    """libarchive's field that says the attributes again, to readers that never see the directory."""
    return extra(0x6C78, b"\7" + struct.pack("<2HL", 0x0314, 0, attributes))


def lying(**changes: object) -> bytes:
    return archive([replace(README, **changes), CONFIG])  # type: ignore[arg-type]


CRC = zlib.crc32(README.data)
BAD: dict[str, bytes] = {
    "nothing": b"",
    "not a zip": b"\x1f\x8b" + bytes(300),
    "no members": archive([]),
    "cut short": archive([README, CONFIG])[:-1],
    "cut at the front": archive([README, CONFIG])[1:],
    "prefix": archive([README], prefix=b"#!/bin/sh\n"),
    "prefix of another archive": archive([README]) + archive([README]),
    "prefix that offsets ignore": b"MZ" + archive([README]),
    "trailing data": archive([README], trailing=b"x"),
    "trailing newline": archive([README], trailing=b"\n"),
    "comment longer than it says": archive([README], comment=b"abc", end={"comment": 2}),
    "comment shorter than it says": archive([README], comment=b"abc", end={"comment": 4}),
    "binary comment": archive([README], comment=b"a\0b"),
    "an end record in the comment": archive([README], comment=archive([CONFIG])),
    "stray bytes between members": archive([replace(README, after=b"stray"), CONFIG]),
    "stray bytes before the directory": archive([README], before_directory=b"stray"),
    "a hidden member": archive([README], before_directory=CONFIG.local_bytes()),
    "stray bytes after the directory": archive([README], after_directory=b"stray"),
    "fewer members than entries": archive([README, CONFIG], end={"here": 1, "members": 1}),
    "more members than entries": archive([README, CONFIG], end={"here": 3, "members": 3}),
    "members of other disks": archive([README, CONFIG], end={"here": 1}),
    "another disk": archive([README], end={"disk": 1}),
    "a member on another disk": lying(central={"disk": 1}),
    "directory offset lies": archive([README], end={"offset": 1}),
    "directory length lies": archive([README], end={"length": 1}),
    "sentinels without ZIP64": archive([README], end={"offset": FULL_32}),
    "ZIP64 end disagrees on members": archive([README], end64={"here": 2, "members": 2}),
    "ZIP64 end disagrees on the offset": archive([README], end64={"offset": 1}, end={"offset": FULL_32}),
    "ZIP64 end claims everything": archive(
        [README], end64={"offset": 2**63, "length": 2**63}, end={"offset": FULL_32, "length": FULL_32}
    ),
    "ZIP64 locator points elsewhere": archive([README], end64={"at": 0}),
    "ZIP64 locator has more disks": archive([README], end64={"disks": 2}),
    "ZIP64 end is longer": archive([README], end64={"record": 45}),
    "overlap": lying(central={"offset": 0}, local={"packed": 1}),
    "two entries for one header": archive([README, replace(README, name=b"model/README.mx", central={"offset": 0})]),
    "offset beyond the file": lying(central={"offset": FULL_32 - 1}),
    "local name differs": lying(local={"name": b"model/README.mD"}),
    "local name is shorter": lying(local={"name": b"model/README"}),
    "local method differs": lying(local={"method": 0}),
    "local flags differ": lying(local={"flags": 0x0002}),
    "local UTF-8 flag differs": lying(local={"flags": UTF8}),
    "local checksum differs": lying(local={"crc": CRC ^ 1}),
    "local size differs": lying(local={"size": 89}),
    "local packed size differs": lying(local={"packed": 1}),
    "local sizes are zero without descriptor": lying(local={"size": 0, "packed": 0, "crc": 0}),
    "central size differs": lying(central={"size": 91}),
    "both sizes lie": lying(central={"size": 91}, local={"size": 91}),
    "both sizes lie low": lying(central={"size": 89}, local={"size": 89}),
    "both checksums lie": lying(central={"crc": 1}, local={"crc": 1}),
    "stored sizes differ": archive([replace(CONFIG, central={"size": 12}, local={"size": 12})]),
    "impossible ratio": lying(central={"size": 10**6}, local={"size": 10**6}),
    "empty with a checksum": archive([Entry(b"a", method=0, central={"crc": 1}, local={"crc": 1})]),
    "descriptor missing": archive([streamed(README, descriptor="<LLL", describes={"crc": 0}), CONFIG]),
    "descriptor's checksum lies": archive([streamed(README, describes={"crc": 1}), CONFIG]),
    "descriptor's size lies": archive([streamed(README, describes={"size": 1}), CONFIG]),
    "descriptor's packed size lies": archive([streamed(README, describes={"packed": 1}), CONFIG]),
    "descriptor is wide without ZIP64": archive([streamed(README, descriptor="<4sLQQ"), CONFIG]),
    "descriptor is narrow with ZIP64": archive([streamed(README, local_extra=zip64(0, 0)), CONFIG]),
    "local size under a descriptor lies": archive([streamed(README, local={"size": 1}), CONFIG]),
    "ZIP64 missing": lying(central={"size": FULL_32}),
    "ZIP64 lies": lying(central={"size": FULL_32}, central_extra=zip64(91)),
    "ZIP64 says more than it may": lying(central_extra=zip64(91, len(README.body()))),
    "ZIP64 holds too much": lying(central={"size": FULL_32}, central_extra=zip64(90, 90)),
    "ZIP64 holds too little": lying(central={"size": FULL_32, "packed": FULL_32}, central_extra=zip64(90)),
    "ZIP64 twice": lying(central={"size": FULL_32}, central_extra=zip64(90) * 2),
    "ZIP64 local lies": lying(local={"size": FULL_32, "packed": FULL_32}, local_extra=zip64(91, len(README.body()))),
    "ZIP64 local missing": lying(local={"size": FULL_32}),
    "ZIP64 local says nothing": lying(local={"size": FULL_32, "packed": FULL_32}, local_extra=zip64()),
    "ZIP64 local says more than is full": lying(local={"packed": FULL_32}, local_extra=zip64(90, len(README.body()))),
    "ZIP64 local besides lies": lying(local_extra=zip64(1, 1)),
    "ZIP64 offset lies": lying(central={"offset": FULL_32}, central_extra=zip64(2**62)),
    "extra field is cut": lying(central_extra=b"\1\0\xff\0"),
    "extra field is half a header": lying(local_extra=b"\1\0"),
    "extra fields without end": lying(local_extra=extra(0xABCD, b"") * 40),
    "extra fields are large": lying(central_extra=extra(0xABCD, bytes(5000))),
    "Unicode path differs": lying(
        central_extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(README.name)) + b"../x")
    ),
    "Unicode path's checksum differs": lying(central_extra=extra(0x7075, b"\1" + bytes(4) + README.name)),
    "local Unicode path differs": lying(
        local_extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(README.name)) + b"x")
    ),
    "a directory with data": archive([Entry(b"model/", b"data", method=0, attributes=0)]),
    "a directory with hidden data": archive([Entry(b"model/", packed=b"\3\0hidden", attributes=0)]),
    "a file that is a DOS directory": lying(attributes=0x10),
    "a file that is a Unix directory": lying(attributes=0o40755 << 16),
    "a directory that is a Unix file": archive([Entry(b"model/", method=0, attributes=0o100644 << 16)]),
    "newer than any reader": lying(version=64),
    "reserved flag": lying(flags=0x0080),
    "patched data": lying(flags=0x0020),
    "broken deflate": lying(packed=b"\xff" * 9),
    "deflate ends early": lying(packed=README.body()[:-2]),
    "deflate leaves input over": lying(packed=README.body() + b"hidden"),
    "deflate goes on": lying(packed=deflated(README.data * 2)),
    "a split marker first": archive([README], prefix=b"PK00"),
    "an entry is another record": archive([README]).replace(b"PK\1\2", b"PK\5\5"),
}


@pytest.mark.parametrize("case", BAD)
def test_archives_that_are_not_sound_are_refused(case: str) -> None:
    assert refusal(BAD[case]) in {"bad_archive", "corrupt_file", "unsupported_compression"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"flags": 0x0001}, "encrypted"),
        ({"flags": 0x0041}, "encrypted"),
        ({"flags": 0x2000}, "encrypted"),
        ({"central_extra": extra(0x9901, bytes(7))}, "encrypted"),
        ({"local_extra": extra(0x0017, bytes(8))}, "encrypted"),
        *(
            ({"method": method, "packed": b"x"}, "unsupported_compression")
            for method in (1, 6, 9, 12, 14, 93, 95, 98, 99, 65535)
        ),
        ({"attributes": 0o120777 << 16}, "special_file"),
        ({"attributes": 0o120777 << 16, "made_by": 0x0014}, "special_file"),
        *(({"attributes": kind << 16}, "special_file") for kind in (0o010644, 0o020644, 0o060644, 0o140644, 0o150000)),
        ({"attributes": 0x0408, "made_by": 0x0014}, "special_file"),
        ({"attributes": 0x0400, "made_by": 0x0014}, "special_file"),
        ({"central_extra": extra(0x756E, bytes(4) + struct.pack("<H", 0o120777) + bytes(8))}, "special_file"),
        ({"central_extra": extra(0x000D, bytes(12) + b"/etc/passwd")}, "special_file"),
        ({"local_extra": extra(0x000D, bytes(12) + b"/etc/passwd")}, "special_file"),
        ({"local_extra": repeated(0o120777 << 16)}, "special_file"),
        ({"central_extra": repeated(0o120777 << 16)}, "special_file"),
        ({"central_extra": extra(0x6C78, b"\4" + struct.pack("<L", 0o120777 << 16))}, "special_file"),
        ({"local_extra": repeated(0o40755 << 16)}, "bad_archive"),
        ({"local_extra": repeated(0x10)}, "bad_archive"),
        ({"local_extra": extra(0x6C78, b"\x84" + bytes(9))}, "bad_archive"),
        ({"local_extra": repeated(0o100644 << 16)[:-1]}, "bad_archive"),
        ({"local_extra": repeated(0o100644 << 16) * 2}, "bad_archive"),
    ],
)
def test_what_a_plain_reader_would_not_read_is_refused(changes: dict[str, object], code: str) -> None:
    assert refusal(lying(**changes)) == code


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"a", b"a"),
        (b"a/README.md", b"a/readme.MD"),
        ("ä".encode(), "a\u0308".encode()),
        ("ﬁle".encode(), b"file"),
        ("Straße".encode(), b"STRASSE"),
        ("\u212a".encode(), b"k"),
        ("a\u200db".encode(), b"ab"),
        ("a\ufe0f".encode(), b"a"),
        (b"a/", b"a"),
        (b"a/", b"A/"),
        (b"a", b"a/b"),
        (b"A", b"a/b/c"),
        (b"a/b", b"a/b/c/d"),
    ],
)
def test_names_that_clash_are_refused(first: bytes, second: bytes) -> None:
    entries = [Entry(name, method=0, attributes=0) for name in (first, b"a-other", second)]
    assert refusal(archive(entries)) == "duplicate_path"


def test_names_that_only_look_alike_are_accepted() -> None:
    names = [b"a/", b"a/b", b"a-b", b"a.b", b"ab", b"b/a/", b"b/a/b", "ä".encode(), b"a/b.c"]
    assert len(framing(archive([Entry(name, method=0, attributes=0) for name in names]))) == len(names)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(LIMITS, members=1), "archive_too_large"),
        (replace(LIMITS, unpacked_bytes=102), "archive_too_large"),
        (replace(LIMITS, member_bytes=89), "archive_too_large"),
        (replace(LIMITS, names_bytes=200), "archive_too_large"),
        (replace(LIMITS, ratio=1, bomb_floor_bytes=80), "archive_bomb"),
        (replace(LIMITS, path_bytes=10), "bad_path"),
    ],
)
def test_more_than_the_limits_allow_is_refused(limits: Limits, code: str) -> None:
    assert refusal(archive([README, CONFIG]), limits) == code


def test_limits_themselves_are_allowed() -> None:
    limits = Limits(members=2, unpacked_bytes=103, member_bytes=90, ratio=1, bomb_floor_bytes=103, path_bytes=17)
    assert len(framing(archive([README, CONFIG]), limits)) == 2


def test_small_parts_of_a_bomb_are_counted_together() -> None:
    zeros = Entry(b"zeros", bytes(1 << 20))
    entries = [replace(zeros, name=b"zeros%d" % number) for number in range(3)]
    assert refusal(archive(entries), replace(LIMITS, bomb_floor_bytes=2 << 20)) == "archive_bomb"


def put(offset: int, magic: bytes, *, size: int = 2000) -> bytes:
    """An archive of one stored file whose content puts `magic` at `offset` of the archive."""
    start = 30 + 1
    data = bytearray(size)
    data[offset - start : offset - start + len(magic)] = magic
    return archive([Entry(b"a", bytes(data), method=0)])


@pytest.mark.parametrize(
    "data",
    [
        put(257, b"ustar\x0000"),
        put(257, b"ustar  \0"),
        put(128, b"DICM"),
        put(512, b"\x89HDF\r\n\x1a\n"),
        put(1024, b"\x89HDF\r\n\x1a\n"),
        put(0x8001, b"CD001", size=40_000),
        archive([Entry(b"a", b"%PDF-1.7\n", method=0)], comment=b"startxref\n9\n%%EOF\n"),
    ],
)
def test_archives_that_are_something_else_as_well_are_refused(data: bytes) -> None:
    assert refusal(data) == "polyglot"


def test_tar_headers_are_known_by_their_checksum() -> None:
    header = tarfile.TarInfo("a").tobuf(tarfile.GNU_FORMAT)
    plain = header[:257] + bytes(8) + header[265:]
    total = sum(plain) - sum(plain[148:156]) + 8 * ord(" ")
    oldest = plain[:148] + b"%06o\0 " % total + plain[156:]
    assert [is_tar_header(block) for block in (header, oldest, plain, bytes(512), b"short")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_nested_documents_are_accepted() -> None:
    paper = Entry(b"paper.pdf", b"%PDF-1.7\n" + bytes(3000) + b"%%EOF\n", method=0)
    inner = Entry(b"inner.zip", archive([README]), method=0)
    assert contents(archive([paper, inner])) == {"paper.pdf": paper.data, "inner.zip": inner.data}


def many(count: int) -> bytes:
    local = Entry(b"", method=0).local_bytes()[:26]
    central = Entry(b"", method=0).central_bytes(0)[:28]
    body, directory = bytearray(), bytearray()
    for number in range(count):
        name = b"model/of/some/depth/shard-%06d-of-100000.safetensors" % number
        directory += central + struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, len(body)) + name
        body += local + struct.pack("<2H", len(name), 0) + name
    offset = len(body)
    return bytes(body + directory) + archive(
        [],
        end64={
            "here": count,
            "members": count,
            "length": len(directory),
            "offset": offset,
            "at": offset + len(directory),
        },
        end={"here": FULL_16, "members": FULL_16, "length": FULL_32, "offset": FULL_32},
    )


def test_memory_stays_bounded_for_many_members() -> None:
    count = 20_000
    data = many(count)
    tracemalloc.start()
    try:
        assert len(framing(data, replace(LIMITS, members=count))) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024 * count / 100_000


@pytest.mark.parametrize(
    "data",
    [
        archive(
            [README],
            end64={"here": 2**62, "members": 2**62, "length": 2**62},
            end={"here": FULL_16, "members": FULL_16},
        ),
        archive([README], end={"here": 65000, "members": 65000}),
        lying(central={"size": FULL_32, "packed": FULL_32}, central_extra=zip64(2**63, 2**63)),
    ],
)
def test_memory_does_not_follow_claims(data: bytes) -> None:
    tracemalloc.start()
    try:
        assert refusal(data, replace(LIMITS, members=2**63)) in {"bad_archive", "archive_too_large"}
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024


MUTATIONS: list[Callable[[random.Random, bytearray], object]] = [
    lambda dice, data: data.__setitem__(dice.randrange(len(data)), dice.randrange(256)),
    lambda dice, data: data.__delitem__(slice(dice.randrange(len(data)), None, dice.randrange(1, 999))),
    lambda dice, data: data.insert(dice.randrange(len(data)), dice.randrange(256)),
    lambda dice, data: data.__setitem__(
        slice(at := dice.randrange(len(data)), at + 4), dice.choice([b"\xff" * 4, bytes(4), b"PK\5\6"])
    ),
    lambda dice, data: data.extend(data[dice.randrange(len(data)) :]),
    lambda dice, data: data.__delitem__(slice(at := dice.randrange(len(data)), at + dice.randrange(1, 64))),
]


def test_mutants_are_refused_or_read_as_zipfile_reads_them() -> None:
    dice = random.Random(20)
    seeds = [archive(entries, end64={} if index % 3 == 0 else None) for index, entries in enumerate(WRITERS.values())]
    accepted = 0
    for _ in range(1500):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice([1, 1, 1, 3])):
            dice.choices(MUTATIONS, weights=[6, 1, 1, 3, 1, 1])[0](dice, data)
        try:
            found = contents(bytes(data))
        except Unacceptable:
            continue
        accepted += 1
        with zipfile.ZipFile(io.BytesIO(data)) as other:
            read = [other.read(info) for info in other.infolist() if not info.is_dir()]
        assert sorted(found.values()) == sorted(read)
    assert 0 < accepted < 400
