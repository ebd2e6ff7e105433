"""Tarballs, trusted in nothing."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from packages_app.domain.refusals import Unacceptable
from packages_app.sources.tarball import Bounds, unpack
from tests.servers.npm_registry import tarball


def unpacked(folder: Path, packed: bytes) -> dict[str, bytes]:
    (folder / "packed.tgz").write_bytes(packed)
    bounds = Bounds(files=100, bytes=10_000_000)
    files = unpack(folder / "packed.tgz", folder / "into", bounds, lambda *_: None)
    return {file.path: file.at.read_bytes() for file in files}


def device(path: str, kind: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(path)
        member.type = kind
        tar.addfile(member)
    return gzip.compress(packed.getvalue(), mtime=0)


MANIFEST = {"package/package.json": "{}"}


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (tarball(MANIFEST, links={"package/a": "/etc/passwd"}), "link_in_tarball"),
        (tarball({"package/../../a": "x"}), "bad_path"),
        (tarball({"/etc/cron.d/a": "x"}), "bad_path"),
        (tarball({"package/a\\b": "x"}), "bad_path"),
        (tarball({"package.json": "{}"}), "bad_path"),
        (device("package/a", tarfile.FIFOTYPE), "bad_tarball"),
        (device("package/a", tarfile.CHRTYPE), "bad_tarball"),
        (device("package/a", tarfile.LNKTYPE), "link_in_tarball"),
        (tarball({f"package/{number}": "" for number in range(101)}), "too_large"),
        (gzip.compress(bytes(10_000_001), mtime=0), "too_large"),
        (tarball({"package/" + "x" * 2_000_000: "x"}), "bad_tarball"),
        (tarball(MANIFEST)[:-20], "bad_tarball"),
        (b"no tarball", "bad_tarball"),
        (gzip.compress(b"no tarball" * 100, mtime=0), "bad_tarball"),
    ],
    ids=["symlink", "climbs", "absolute", "backslash", "no folder", "fifo", "device", "hardlink", "many", "bomb", "long header",
         "cut", "not gzip", "not tar"],
)  # fmt: skip
def test_tarballs_that_can_not_be_trusted_are_refused(tmp_path: Path, packed: bytes, code: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        unpacked(tmp_path, packed)
    assert refused.value.code == code


@pytest.mark.parametrize("folder", ["package", "name-1.0.0"])
def test_first_folder_is_taken_off_whatever_it_is_called(tmp_path: Path, folder: str) -> None:
    packed = tarball({f"{folder}/a.js": "a", f"{folder}/{'long/' * 40}b.js": "b"})
    assert unpacked(tmp_path, packed) == {"a.js": b"a", f"{'long/' * 40}b.js": b"b"}


def test_nothing_of_an_earlier_attempt_stays(tmp_path: Path) -> None:
    unpacked(tmp_path, tarball({"package/a": "1", "package/b": "2"}))
    assert unpacked(tmp_path, tarball({"package/a": "3"})) == {"a": b"3"}
    assert len(list((tmp_path / "into").iterdir())) == 1
