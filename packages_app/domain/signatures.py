"""Formats that are known by their first bytes and not looked into: what they are, and what that means."""

from typing import Literal, NamedTuple


class Signature(NamedTuple):
    """`verdict` and `reason` are those of a file that has `magic` at `offset`."""

    offset: int
    magic: bytes
    format: str
    verdict: Literal["suspicious", "not_scanned"]
    reason: str


_NATIVE = "it is a program of machine code, which a model doesn't need"
_PACKED = "it is compressed, and what is in it was not read; upload it unpacked"
_MEDIA = "it is a document or medium; its content was not read"
_KERAS = "HDF5 is not opened here; a Keras model in it may hold code in its layers"
_TENSORFLOW = "its operations were not read; they may touch files"

SIGNATURES = (
    Signature(0, b"\x7fELF", "elf", "suspicious", _NATIVE),
    Signature(0, b"MZ", "pe", "suspicious", _NATIVE),
    *(
        Signature(0, magic, "mach-o", "suspicious", _NATIVE)
        for magic in (
            b"\xfe\xed\xfa\xce",
            b"\xfe\xed\xfa\xcf",
            b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe",
            b"\xca\xfe\xba\xbe",
        )
    ),
    Signature(0, b"\0asm", "wasm", "not_scanned", "it is WebAssembly, which was not read"),
    Signature(0, b"\x89HDF\r\n\x1a\n", "hdf5", "not_scanned", _KERAS),
    Signature(4, b"TFL3", "tflite", "not_scanned", _TENSORFLOW),
    Signature(257, b"ustar", "tar", "not_scanned", _PACKED),
    *(
        Signature(0, magic, "compressed", "not_scanned", _PACKED)
        for magic in (
            *(
                b"\x1f\x8b",
                b"BZh",
                b"\xfd7zXZ\0",
                b"\x28\xb5\x2f\xfd",
                b"7z\xbc\xaf\x27\x1c",
                b"Rar!\x1a\x07",
                b"\x04\x22\x4d\x18",
            ),
            *(b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"ZF\x00\x00"),
        )
    ),
    *(
        Signature(0, magic, "media", "not_scanned", _MEDIA)
        for magic in (
            *(
                b"\x89PNG\r\n",
                b"\xff\xd8\xff",
                b"GIF87a",
                b"GIF89a",
                b"RIFF",
                b"OggS",
                b"ID3",
                b"fLaC",
                b"\x1aE\xdf\xa3",
            ),
            *(b"%PDF-", b"PAR1", b"ARROW1", b"SQLite format 3\0", b"\0\1\0\0\0", b"OTTO", b"wOFF", b"wOF2"),
        )
    ),
    Signature(4, b"ftyp", "media", "not_scanned", _MEDIA),
)


def signature_of(head: bytes) -> Signature | None:
    """The first signature that the start of a file bears."""
    for signature in SIGNATURES:
        if head.startswith(signature.magic, signature.offset):
            return signature
    return None
