"""ZIP archives written byte by byte, so that a test can make any record say anything."""

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DESCRIPTOR = 0x0008
UTF8 = 0x0800
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF


def deflated(data: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def extra(number: int, data: bytes) -> bytes:
    return struct.pack("<2H", number, len(data)) + data


def zip64(*values: int) -> bytes:
    return extra(0x0001, struct.pack(f"<{len(values)}Q", *values))


@dataclass
class Entry:
    """A member; `local` and `central` override what its two headers would truthfully say. `after`: stray bytes."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    made_by: int = 0x031E
    version: int = 20
    attributes: int = 0o100644 << 16
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    packed: bytes | None = None
    descriptor: str = "<4sLLL"  # "<4sLQQ" for ZIP64, without 4s for no signature
    local: Mapping[str, int | bytes] = field(default_factory=dict)
    central: Mapping[str, int | bytes] = field(default_factory=dict)
    describes: Mapping[str, int] = field(default_factory=dict)
    after: bytes = b""

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == 8 else self.data

    def truth(self) -> dict[str, int | bytes]:
        return {
            "version": self.version,
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "packed": len(self.body()),
            "size": len(self.data),
            "name": self.name,
        }

    def local_bytes(self) -> bytes:
        said = self.truth() | {"extra": self.local_extra}
        if self.flags & DESCRIPTOR:
            said |= {"crc": 0, "packed": 0, "size": 0}
        said |= self.local
        name, extras = said["name"], said["extra"]
        numbers = (said[key] for key in ("version", "flags", "method"))
        sizes = (said[key] for key in ("crc", "packed", "size"))
        head = struct.pack("<4s5H3L2H", b"PK\3\4", *numbers, 0x6000, 0x5A21, *sizes, len(name), len(extras))  # type: ignore[arg-type]
        return head + name + extras + self.body() + self._descriptor() + self.after  # type: ignore[operator]

    def _descriptor(self) -> bytes:
        if not self.flags & DESCRIPTOR:
            return b""
        said = self.truth() | dict(self.describes)
        values = (said["crc"], said["packed"], said["size"])
        return struct.pack(self.descriptor, *([b"PK\7\10"] if "4s" in self.descriptor else []), *values)

    def central_bytes(self, offset: int) -> bytes:
        said = self.truth() | {"extra": self.central_extra, "offset": offset, "disk": 0} | dict(self.central)
        name, extras = said["name"], said["extra"]
        numbers = (said[key] for key in ("version", "flags", "method"))
        sizes = (said[key] for key in ("crc", "packed", "size"))
        head = struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            self.made_by,
            *numbers,
            0x6000,
            0x5A21,
            *sizes,
            len(name),  # type: ignore[arg-type]
            len(extras),  # type: ignore[arg-type]
            len(self.comment),
            said["disk"],
            0,
            self.attributes,
            said["offset"],
        )
        return head + name + extras + self.comment  # type: ignore[operator]


def archive(
    entries: Iterable[Entry],
    *,
    prefix: bytes = b"",
    comment: bytes = b"",
    trailing: bytes = b"",
    end: Mapping[str, int] | None = None,
    end64: Mapping[str, int] | None = None,
    before_directory: bytes = b"",
    after_directory: bytes = b"",
    reverse: bool = False,
) -> bytes:
    """The archive of `entries`; `end` overrides its end record, `end64` adds a ZIP64 one and overrides that."""
    body, directory = bytearray(prefix), []
    for entry in entries:
        directory.append(entry.central_bytes(len(body)))
        body += entry.local_bytes()
    body += before_directory
    central = b"".join(reversed(directory) if reverse else directory)
    said = {"disk": 0, "first_disk": 0, "here": len(directory), "members": len(directory)}
    said |= {"length": len(central), "offset": len(body), "comment": len(comment)}
    body += central + after_directory
    if end64 is not None:
        told = said | {"record": 44, "at": len(body), "disks": 1, "locator_disk": 0} | dict(end64)
        numbers = [told[key] for key in ("disk", "first_disk", "here", "members", "length", "offset")]
        body += struct.pack("<4sQ2H2L4Q", b"PK\6\6", told["record"], 45, 45, *numbers)
        body += struct.pack("<4sLQL", b"PK\6\7", told["locator_disk"], told["at"], told["disks"])
    said |= dict(end or {})
    numbers = [said[key] for key in ("disk", "first_disk", "here", "members", "length", "offset", "comment")]
    return bytes(body + struct.pack("<4s4H2LH", b"PK\5\6", *numbers) + comment + trailing)
