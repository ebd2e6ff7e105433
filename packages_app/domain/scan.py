"""What a file of a model could do to whoever opens it, judged by its bytes and not by its name, without loading it.

Libraries were considered. picklescan and fickling decide by lists of dangerous names, which a new name passes;
modelscan does as well and needs the frameworks for the rest. So pickles are walked here, with an allow-list (see
pickle_names), and formats that hold only numbers are checked for being exactly that. "clean" is said of what was read,
and of numbers within a checked layout, which nothing executes; of all else "not_scanned", and why.
"""

import codecs
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, cast

from packages_app.domain.framing import Limits, Member, read_framing
from packages_app.domain.gguf import CHAT_TEMPLATE, read_gguf
from packages_app.domain.gguf import MAGIC as GGUF_MAGIC
from packages_app.domain.members import CHUNK_BYTES, MemberFile
from packages_app.domain.numpy_files import MAGIC as NUMPY_MAGIC
from packages_app.domain.numpy_files import read_numpy
from packages_app.domain.onnx import is_outside, looks_like_onnx, read_onnx
from packages_app.domain.pickles import TOO_LARGE, Pickles, looks_like_pickle, walk_pickles
from packages_app.domain.reading import FILE_BYTES, FILE_OPERATIONS, Budget, Exhausted, Reader, Truncated
from packages_app.domain.refusals import Unacceptable, shown
from packages_app.domain.safetensors import looks_like_safetensors, read_safetensors
from packages_app.domain.signatures import signature_of
from packages_app.domain.zip_records import ends_as_archive, read_end

HEAD_BYTES = 4096
DEPTH = 2
NESTED_BYTES = 512 * 1024 * 1024
GUESS_OPERATIONS = 100_000
NESTED_MEMBERS = 20_000
MEMBER_OPERATIONS = 40  # what opening a file in a nested archive costs
ARCHIVE_OPERATIONS = 2_000_000
#: A larger archive takes longer to hash, and may take longer to scan.
_BYTES_AN_OPERATION = 16 * 1024
FINDINGS = 20
_PICKLE_NAMES = frozenset(
    {".pkl", ".pickle", ".p", ".pt", ".pth", ".bin", ".ckpt", ".joblib", ".dill", ".npy", ".dat", ".sav"}
)
_SOURCES = frozenset(
    f".{name}"
    for name in (
        *(
            "py",
            "pyx",
            "ipynb",
            "js",
            "mjs",
            "cjs",
            "jsx",
            "ts",
            "tsx",
            "sh",
            "bash",
            "zsh",
            "fish",
            "bat",
            "cmd",
            "ps1",
        ),
        *(
            "vbs",
            "rb",
            "pl",
            "php",
            "lua",
            "r",
            "jl",
            "java",
            "kt",
            "go",
            "rs",
            "c",
            "cc",
            "cpp",
            "h",
            "hpp",
            "cu",
            "cs",
        ),
        *("swift", "m", "html", "htm", "svg", "sql", "vue"),
    )
)
#: Formats that a name promises, and that nothing else may hide behind.
_PROMISES = {".safetensors": "safetensors", ".gguf": "gguf", ".onnx": "onnx", ".npy": "numpy"}
#: Formats that are read from their start, so that an archive, which is read from its end, could lie behind.
_TAILED = frozenset({"safetensors", "gguf", "onnx", "numpy", "pickle"})
_TEMPLATES = ("chat_template.json", "tokenizer_config.json", ".jinja", ".jinja2")
_ESCAPES = (b"__class__", b"__globals__", b"__subclasses__", b"__import__", b"__builtins__", b"__mro__")

Verdict = Literal["clean", "suspicious", "malicious", "not_scanned"]
Opened = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Scan:
    """`format`: a word, "unknown" where it isn't known; `findings`: what is wrong; `reason`: one clause."""

    verdict: Verdict
    format: str
    findings: tuple[str, ...]
    reason: str
    #: Whether it runs when it is opened, perhaps, and went unread because the files before it took all the time there was.
    is_starved: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """What people should know of the file: its findings, or why it was not scanned."""
        return self.findings or (() if self.verdict == "clean" else (self.reason,))


def scan_member(head: bytes, opened: Opened, path: str, size: int, budget: Budget | None = None) -> Scan:
    """Scans the file `path` of `size` bytes, `head` being the first 4,096; `opened` gives a file that can seek.

    Never raises for what the file holds; takes bounded memory, and time bounded by a budget of operations and bytes:
    the file's own, and that of all the files scanned with `budget`.
    """
    with (budget or Budget()).share() as own:
        is_short = own.operations < FILE_OPERATIONS or own.bytes < FILE_BYTES
        file = _File(head, opened, path, size, own, 0)
        scan = _scan(file)
    is_spent = own.operations < 0 or own.bytes < 0
    if scan.verdict != "not_scanned" or not (is_short and is_spent):
        return scan
    said = "the files before it took all the time that the scan of one archive may take"
    return Scan("not_scanned", scan.format, (), said, is_starved=_may_run(file))


def archive_budget(size: int) -> Budget:
    """What the scan of all the files of an archive may cost, which unpacked have `size` bytes."""
    return Budget(ARCHIVE_OPERATIONS + size // _BYTES_AN_OPERATION, FILE_BYTES + 2 * size)


def _may_run(file: "_File") -> bool:
    """Whether it looks or is named like what runs when it is loaded: a pickle, or an archive with one in it."""
    return looks_like_pickle(file.head) or file.head.startswith(b"PK") or file.suffix in _PICKLE_NAMES


@dataclass(frozen=True)
class _File:
    head: bytes
    opened: Opened
    path: str
    size: int
    budget: Budget
    depth: int

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix.lower()


def _scan(file: _File) -> Scan:
    try:
        with file.opened() as opened:
            scan = _recognised(file, opened)
            if scan.verdict == "clean" and scan.format in _TAILED and ends_as_archive(opened, file.size):
                scan = _suspicious(scan.format, "is a ZIP archive as well, which some programs would open instead")
    except Truncated:
        scan = _suspicious("unknown", "ends where more is announced")
    except Exhausted:
        return Scan("not_scanned", "unknown", (), TOO_LARGE)
    except Unacceptable as refusal:
        if refusal.code in {"weights_not_read", "too_costly"}:
            return Scan("not_scanned", "unknown", (), refusal.detail)
        scan = _suspicious("unknown", refusal.detail)
    promised = _PROMISES.get(file.suffix)
    if promised not in {None, scan.format} and scan.verdict != "malicious":
        return _suspicious(scan.format, *scan.findings, f"is named {file.suffix} and is not sound {promised}")
    return scan


def _recognised(file: _File, opened: BinaryIO) -> Scan:
    head = file.head
    reader = Reader(opened, file.size, file.budget)
    if not file.size:
        return Scan("clean", "empty", (), "it is empty")
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return _zip(file, opened)
    if looks_like_pickle(head):
        return _pickle(walk_pickles(reader))
    if head.startswith(GGUF_MAGIC):
        return _gguf(reader, file.path)
    if head.startswith(NUMPY_MAGIC):
        return _numpy(reader, file.path)
    if looks_like_safetensors(head, file.size):
        read_safetensors(reader, file.path)
        return Scan("clean", "safetensors", (), "its header is sound, and the rest is numbers")
    if signature := signature_of(head):
        findings = ("is a program",) if signature.verdict == "suspicious" else ()
        return Scan(signature.verdict, signature.format, findings, signature.reason)
    return _onnx_or_text(file, reader)


def _onnx_or_text(file: _File, reader: Reader) -> Scan:
    """Formats without a mark of their own, by trying."""
    if file.suffix == ".onnx" or looks_like_onnx(file.head):
        try:
            return _onnx(reader, file.path)
        except (Truncated, Unacceptable):
            if file.suffix == ".onnx":
                raise
    is_named_so = file.suffix in _PICKLE_NAMES
    with file.budget.share(FILE_OPERATIONS if is_named_so else GUESS_OPERATIONS) as share:
        old = walk_pickles(Reader(reader.file, file.size, share))
    is_whole = old.count > 0 and not old.is_broken and not old.unread
    # Any bytes begin as a pickle of the first protocols would; most break off before they have done anything.
    if (
        (old.malicious and (is_named_so or is_whole or old.strange_imports))
        or (is_named_so and (is_whole or old.strange_imports or old.unread))
        or (is_whole and old.suspicious)
    ):
        return _pickle(old)
    if old.unread == TOO_LARGE:  # it may be one yet, under a name that says otherwise
        raise Exhausted
    if _is_text(file.head):
        return _text(file, reader.file)
    return Scan("not_scanned", "unknown", (), "its format is not known here")


def _pickle(met: Pickles) -> Scan:
    findings = (*met.malicious, *met.suspicious)
    if met.malicious:
        return Scan("malicious", "pickle", findings, "loading it would run what it imports")
    if met.suspicious:
        return Scan(
            "suspicious", "pickle", findings, "it imports what is not known to be harmless, or can't be followed"
        )
    if met.unread:
        return Scan("not_scanned", "pickle", (), met.unread)
    return Scan("clean", "pickle", (), "it imports only what restores data")


def _gguf(reader: Reader, path: str) -> Scan:
    template = read_gguf(reader, path).metadata.get(CHAT_TEMPLATE)
    if isinstance(template, str) and any(escape in template.encode() for escape in _ESCAPES):
        return _suspicious("gguf", "has a chat template that reaches for Python's insides")
    return Scan("clean", "gguf", (), "its header is sound, and the rest is numbers")


def _numpy(reader: Reader, path: str) -> Scan:
    if read_numpy(reader, path):
        return Scan("clean", "numpy", (), "its header is sound, and the rest is numbers")
    scan = _pickle(walk_pickles(reader))
    return Scan(scan.verdict, "numpy", scan.findings, scan.reason)


def _onnx(reader: Reader, path: str) -> Scan:
    outside = [location for location in read_onnx(reader, path).external if is_outside(location)][:FINDINGS]
    if outside:
        findings = tuple(f"reads the file {shown(location)} outside of its directory" for location in outside)
        return Scan("malicious", "onnx", findings, "opening it reads other files of the machine")
    return Scan("clean", "onnx", (), "its messages are sound, and it reads no file outside of its directory")


def _text(file: _File, opened: BinaryIO) -> Scan:
    """Text is read whole; whether a script means well is not judged."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    tail = b""
    is_template = PurePosixPath(file.path).name.endswith(_TEMPLATES)
    opened.seek(0)
    while chunk := opened.read(CHUNK_BYTES):
        file.budget.spend(read=len(chunk))
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return Scan("not_scanned", "unknown", (), "it starts as text and goes on as something else")
        if b"\0" in chunk:
            return Scan("not_scanned", "unknown", (), "it starts as text and goes on as something else")
        if is_template and any(escape in tail + chunk for escape in _ESCAPES):
            return _suspicious("text", "has a template that reaches for Python's insides")
        tail = chunk[-32:]
    if file.suffix in _SOURCES or file.head.startswith(b"#!"):
        return Scan("not_scanned", "script", (), "it is source code; what it does is for people to judge")
    return Scan("clean", "text", (), "it is text, and was read whole")


def _is_text(head: bytes) -> bool:
    text = codecs.getincrementaldecoder("utf-8")("ignore").decode(head)
    return len(text.encode()) > len(head) - 4 and all(c >= " " or c in "\t\n\r\f\x1b" for c in text)


def _zip(file: _File, opened: BinaryIO) -> Scan:
    """An archive in the archive: a torch model, numpy's .npz, or any other; each of its files is scanned."""
    if file.depth == DEPTH:
        return Scan("not_scanned", "zip", (), "it lies too deep in other archives")
    if file.size > NESTED_BYTES and isinstance(getattr(opened, "raw", None), MemberFile) and not _is_stored(opened):
        return Scan("not_scanned", "zip", (), "it is large and compressed once more; pack it without compression")
    limits = Limits(NESTED_MEMBERS, unpacked_bytes=1 << 50, member_bytes=1 << 50, ratio=1100)
    file.budget.spend(operations=MEMBER_OPERATIONS * read_end(opened, file.size).members)
    members = [member for member in read_framing(opened, file.size, limits) if not member.is_directory]
    top = members[0].path.partition("/")[0] if members else ""
    names = {member.path.removeprefix(f"{top}/") for member in members}
    is_torch = "data.pkl" in names
    if is_torch and ("constants.pkl" in names or any(name.startswith("code/") for name in names)):
        return _suspicious("torchscript", "holds TorchScript, which runs when the model does")
    scans = {}
    for member in members:
        name = member.path.removeprefix(f"{top}/")
        nested = _nested(file, opened, member)
        if not (is_torch and _is_storage(name)) or _hides_pickle(nested):
            scans[member.path] = _scan(nested)
    if is_torch and scans[f"{top}/data.pkl" if f"{top}/data.pkl" in scans else "data.pkl"].format != "pickle":
        return _suspicious("torch", "has a data.pkl that is not a pickle")
    return _together("torch" if is_torch else "zip", scans)


def _is_stored(opened: BinaryIO) -> bool:
    return cast("MemberFile", opened.raw).is_stored  # type: ignore[attr-defined]


def _is_storage(name: str) -> bool:
    """The numbers of a torch file, which its data.pkl names, and its own marks."""
    folder, _, rest = name.partition("/")
    return name in {"version", "byteorder", ".format_version", ".storage_alignment"} or (
        (folder == "data" and rest.isdecimal()) or (folder == ".data" and rest == "serialization_id")
    )


def _hides_pickle(storage: _File) -> bool:
    """Whether what should be numbers is a pickle that imports more than data."""
    if not looks_like_pickle(storage.head):
        return False
    with storage.opened() as opened, storage.budget.share() as share:
        met = walk_pickles(Reader(opened, storage.size, share))
    return met.count > 0 and bool(met.malicious)


def _nested(file: _File, opened: BinaryIO, member: Member) -> _File:
    def inner() -> BinaryIO:
        return cast("BinaryIO", io.BufferedReader(MemberFile(opened, member), CHUNK_BYTES))

    with inner() as start:
        head = start.read(HEAD_BYTES)
    return _File(head, inner, member.path, member.size, file.budget, file.depth + 1)


def _together(kind: str, scans: dict[str, Scan]) -> Scan:
    """The worst of several verdicts, and all findings."""
    findings = [f"{path}: {finding}" for path, scan in scans.items() for finding in scan.findings]
    for verdict in ("malicious", "suspicious", "not_scanned"):
        for path, scan in scans.items():
            if scan.verdict == verdict:
                return Scan(scan.verdict, kind, tuple(findings[:FINDINGS]), f"{path}: {scan.reason}")
    return Scan("clean", kind, (), "all files in it are clean")


def _suspicious(kind: str, *findings: str) -> Scan:
    return Scan("suspicious", kind, findings, findings[-1])
