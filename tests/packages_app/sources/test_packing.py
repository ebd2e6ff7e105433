"""The archive made of fetched files."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from packages_app.archive import Archive
from packages_app.domain.framing import Limits
from packages_app.domain.refusals import Unacceptable
from packages_app.sources.contract import LocalFile
from packages_app.sources.packing import pack

FILES = {"config.json": b"{}", "a/b.txt": b"b", "A.txt": b"", "é.txt": b"e", "weights.bin": bytes(3_000_000)}


def local(folder: Path, files: dict[str, bytes]) -> list[LocalFile]:
    folder.mkdir()
    found = []
    for number, (path, content) in enumerate(files.items()):
        at = folder / str(number)
        at.write_bytes(content)
        found.append(LocalFile(path, at))
    return found


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    pack(local(tmp_path / "1", FILES), one, lambda _: None)
    files = local(tmp_path / "2", dict(reversed(FILES.items())))
    for file in files:
        os.utime(file.at, (1, 1))
        file.at.chmod(0o755)
    pack(files, other, lambda _: None)
    assert hashlib.sha256(one.read_bytes()).hexdigest() == hashlib.sha256(other.read_bytes()).hexdigest()


def test_bytes_stay_what_they_were_in_earlier_releases(tmp_path: Path) -> None:
    """A deleted version comes back only with the same bytes, so that this must never change."""
    pack(local(tmp_path / "1", {"b": b"2", "a": b"1"}), tmp_path / "one.zip", lambda _: None)
    digest = hashlib.sha256((tmp_path / "one.zip").read_bytes()).hexdigest()
    assert digest == "abba080c92582d63232654caf7e671fcc0b40992dd809e155abd224886238e9c"


def test_archive_is_sound_and_whole(tmp_path: Path) -> None:
    told: list[float] = []
    pack(local(tmp_path / "1", FILES), tmp_path / "one.zip", told.append)
    limits = Limits(members=100, unpacked_bytes=10**9, member_bytes=10**9, ratio=50)
    with (tmp_path / "one.zip").open("rb") as file:
        archive = Archive(file, limits)
        found = {member.path: b"".join(archive.stream(member)) for member in archive.members}
    assert found == FILES
    assert list(found) == ["A.txt", "a/b.txt", "config.json", "weights.bin", "é.txt"]
    assert (told[-1], told) == (1.0, sorted(told))
    with zipfile.ZipFile(tmp_path / "one.zip") as zipped:
        assert zipped.testzip() is None


@pytest.mark.parametrize("path", ["../a", "/a", "a\\b", "a//b", "con", "a/./b", ""])
def test_bad_paths_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        pack(local(tmp_path / "1", {path: b"x"}), tmp_path / "one.zip", lambda _: None)
    assert refused.value.code == "bad_path"
    assert not (tmp_path / "one.zip").exists()
