"""The client's own rules: packing, progress, words."""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from packages_app.archive import Archive
from packages_app.client.packing import Unpackable, pack
from packages_app.client.progress import Progress
from packages_app.client.sending import hash_file
from packages_app.domain.framing import Limits
from packages_app.domain.parts import MIB

LIMITS = Limits(members=100, unpacked_bytes=1 << 30, member_bytes=1 << 30, ratio=50)


def packed(directory: Path) -> bytes:
    buffer = io.BytesIO()
    pack(directory, buffer)
    return buffer.getvalue()


def model(directory: Path) -> Path:
    for path, content in {
        "config.json": b"{}",
        "deep/a.bin": bytes(1000),
        ".git/x": b"x",
        "deep/.DS_Store": b"x",
    }.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return directory


def test_directory_is_packed_soundly_without_what_tools_leave(tmp_path: Path) -> None:
    data = packed(model(tmp_path))
    assert [member.path for member in Archive(io.BytesIO(data), LIMITS).members] == ["config.json", "deep/a.bin"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("deep/a.bin") == bytes(1000)


def test_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    first, second = packed(model(tmp_path / "one")), packed(model(tmp_path / "two"))
    os.utime(tmp_path / "two" / "config.json", (0, 0))
    assert first == second == packed(tmp_path / "two")


def test_what_leads_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    directory = model(tmp_path / "model")
    (tmp_path / "secret").write_text("secret")
    (directory / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Unpackable, match="leads out of the directory"):
        packed(directory)


def test_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unpackable, match="There are no files"):
        packed(tmp_path)


def test_file_and_parts_are_hashed_in_one_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(5 * MIB) + b"tail")
    with path.open("rb") as file:
        hashed = hash_file(file.fileno(), Progress("hashing", 1, io.StringIO()), 5 * MIB)
    assert (hashed.size, hashed.part_bytes, len(hashed.part_sha256s)) == (5 * MIB + 4, 5 * MIB, 2)
    assert hashed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert hashed.part_sha256s[1] == hashlib.sha256(b"tail").hexdigest()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        (io.StringIO(), "sending 100%  10 B of 10 B  "),
        (Terminal(), "\r\x1b[K[##############################] sending 100%  10 B of 10 B  "),
    ],
)
def test_progress_ends_at_the_whole(stream: io.StringIO, shown: str) -> None:
    progress = Progress("sending", 10, stream)
    progress.skip(4)
    progress.add(8)
    progress.add(-2)
    progress.finish()
    assert stream.getvalue().startswith(shown)
    assert stream.getvalue().endswith("/s\n")
