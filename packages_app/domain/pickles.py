"""Pickles, decoded without being loaded: which names they import, and whether all of it could be followed.

Python's own table of opcodes is walked on a small window; payloads are passed over. Strings are followed through stack
and memo, for STACK_GLOBAL takes its names from there. Where the stack can't be followed, or a name is put together
while loading, that is a finding itself.
"""

import codecs
import pickletools  # nosec B403 # it decodes, and loads nothing
import re
from dataclasses import dataclass, field
from typing import Final

from packages_app.domain.pickle_names import is_allowed, is_dangerous
from packages_app.domain.reading import Exhausted, Reader, Truncated
from packages_app.domain.refusals import shown

NAME_BYTES = 200
KEPT_BYTES = 48 * 1024 * 1024
FINDINGS = 20
PICKLES = 64
EMBEDDED_DEPTH = 2
EMBEDDED_BYTES = 256 * 1024
#: What torch's format before its zip files starts with: five pickles follow, then the numbers.
_TORCH_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
_TORCH_LEGACY_PICKLES = 5
_OPCODES: Final = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_TEXTS = frozenset(
    {"STRING", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
)
_BYTES = frozenset({"SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8", "SHORT_BINSTRING", "BINSTRING"})
_LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: (1, False),
    pickletools.TAKEN_FROM_ARGUMENT4: (4, True),
    pickletools.TAKEN_FROM_ARGUMENT4U: (4, False),
    pickletools.TAKEN_FROM_ARGUMENT8U: (8, False),
}
_NAME = re.compile(r"[\w.+-]+")
#: What Python's unpickler asks of arguments that are text; it stops at others.
_PLAUSIBLE = {
    "INT": re.compile(rb"\s*[-+]?\d"),
    "LONG": re.compile(rb"\s*[-+]?\d"),
    "FLOAT": re.compile(rb"\s*[-+]?(?:\d|\.|inf|nan)", re.IGNORECASE),
    "STRING": re.compile(rb"\s*['\"]"),
    "GLOBAL": re.compile(rb"[^\n]"),
    "INST": re.compile(rb"[^\n]"),
}
TOO_LARGE = "it is larger than one scan may read"
#: What joblib restores its arrays with, whose numbers follow where operations would.
_RAW_ARRAYS = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_MARK: Final = object()
#: What a call returned.
_MADE: Final = object()
_CALLS = frozenset({"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST"})


@dataclass
class Pickles:
    """What was met. `malicious`, `suspicious`: findings, each once; `unread`: why not all was read, or "".

    `strange_imports`: how many imports there are of names that are not known to be harmless. `has_raw_arrays`: joblib's.
    """

    count: int = 0
    strange_imports: int = 0
    malicious: dict[str, None] = field(default_factory=dict)
    suspicious: dict[str, None] = field(default_factory=dict)
    unread: str = ""
    is_broken: bool = False
    has_raw_arrays: bool = False

    def found(self, finding: str, *, malicious: bool) -> None:
        findings = self.malicious if malicious else self.suspicious
        if len(findings) < FINDINGS:
            findings[finding] = None

    def strange(self, finding: str) -> None:
        """What no pickler writes; but joblib's arrays stand raw among the operations, where any byte may follow."""
        self.found(finding, malicious=not self.has_raw_arrays)

    def imports(self, module: object, name: object) -> None:
        """Judges one import; what is no string stands for a name that is not written in the pickle."""
        is_written = isinstance(module, str) and isinstance(name, str)
        if is_written and is_allowed(str(module), str(name)):
            return
        self.strange_imports += 1
        if not is_written:
            is_sure = _MADE in {module, name} or not self.has_raw_arrays
            self.found("imports a name that is put together while loading", malicious=is_sure)
        else:
            self.has_raw_arrays = self.has_raw_arrays or (module, name) == _RAW_ARRAYS
            full = f"{module}.{name}"
            self.found(
                f"imports {full if _NAME.fullmatch(full) else shown(full)}",
                malicious=is_dangerous(str(module), str(name)),
            )


def looks_like_pickle(head: bytes) -> bool:
    """Protocol 2 and later say so; the older ones are any text."""
    return len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5


def walk_pickles(reader: Reader, *, depth: int = 0) -> Pickles:
    """All pickles from where `reader` stands, one after the other. Raises nothing for bad ones: see `unread`."""
    met = Pickles()
    try:
        head = reader.peek(len(_TORCH_LEGACY))
        most = _TORCH_LEGACY_PICKLES if head == _TORCH_LEGACY else PICKLES
        while reader.left and met.count < most:
            if met.count and most == PICKLES and not looks_like_pickle(reader.peek(2)):
                break
            _Machine(reader, met, depth).run()
            met.count += 1
    except Truncated:
        met.found("breaks off, or stops making sense, in the middle of a pickle", malicious=False)
        met.is_broken = True
    except Exhausted:
        met.unread = TOO_LARGE
    if not met.is_broken and not met.unread and reader.left and most == PICKLES:
        met.unread = "what follows the end of the pickle is not one"
    return met


class _Machine:
    """Follows one pickle: a stack of strings, of what calls returned (_MADE) and of unknowns (None), which never fails where
    Python's would go on."""

    def __init__(self, reader: Reader, met: Pickles, depth: int) -> None:
        self._reader = reader
        self._met = met
        self._depth = depth
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}  # unknowns too: MEMOIZE counts them
        self._kept = 0
        self._frame_end: int | None = None

    def run(self) -> None:
        """Up to STOP. Raises Truncated where Python would stop with an error; what it ran before that is judged."""
        while True:
            self._reader.step()
            opcode = _OPCODES.get(self._reader.take(1)[0])
            if opcode is None:
                raise Truncated
            if opcode.name == "STOP":
                return
            argument = self._argument(opcode)
            if (plausible := _PLAUSIBLE.get(opcode.name)) and not plausible.match(argument):
                raise Truncated
            self._check_frame(opcode.name, argument)
            if not self._special(opcode.name, argument):
                self._shuffle(opcode, argument if opcode.name in _TEXTS else None)

    def _check_frame(self, name: str, argument: bytes) -> None:
        """Frames end between operations and don't nest; else CPython drops bytes, and reads other names."""
        at = self._reader.at
        if self._frame_end is not None and (at > self._frame_end or name == "FRAME"):
            self._met.strange("frames its operations as no pickler does")
            self._met.strange_imports += 1
        if name == "FRAME":
            self._frame_end = at + int.from_bytes(argument, "little")
        elif self._frame_end is not None and at >= self._frame_end:
            self._frame_end = None

    def _argument(self, opcode: pickletools.OpcodeInfo) -> bytes:
        """The raw bytes of an argument; of a long one, only the start."""
        kind = opcode.arg
        if kind is None:
            return b""
        if kind.n >= 0:
            return self._reader.take(kind.n)
        if kind.n == pickletools.UP_TO_NEWLINE:
            line = self._reader.line(4 * NAME_BYTES)
            return line + b"\n" + self._reader.line(4 * NAME_BYTES) if kind.name == "stringnl_noescape_pair" else line
        width, signed = _LENGTHS[kind.n]
        length = int.from_bytes(self._reader.take(width), "little", signed=signed)
        if length < 0 or length > self._reader.left:
            raise Truncated
        if opcode.name in _BYTES and length > 2 and looks_like_pickle(self._reader.peek(2)):
            self._embedded(min(length, EMBEDDED_BYTES))
        if length <= 4 * NAME_BYTES:
            return self._reader.take(length)
        self._reader.skip(length)
        return b" " * (4 * NAME_BYTES + 1)

    def _embedded(self, length: int) -> None:
        """A pickle within a pickle, as torch hides storages: what it imports counts."""
        if self._depth < EMBEDDED_DEPTH:
            inner = walk_pickles(self._reader.window(length), depth=self._depth + 1)
            self._met.malicious |= inner.malicious
            self._met.suspicious |= inner.suspicious

    def _special(self, name: str, argument: bytes) -> bool:
        """Whether `name` is an opcode whose strings are followed, or that imports; it is dealt with then."""
        if name == "STACK_GLOBAL" and len(self._stack) < 2:
            raise Truncated  # for certain: what this stack lacks, Python's lacks too
        if name in {"GLOBAL", "INST"}:
            module, _, attribute = argument.partition(b"\n")
            self._met.imports(_name(module), _name(attribute))
            return False
        if name == "STACK_GLOBAL":
            attribute_, module_ = self._pop(), self._pop()
            self._met.imports(module_, attribute_)
            self._stack.append(None)
        elif name in {"EXT1", "EXT2", "EXT4"}:
            self._met.strange("imports by a number of the extension registry")
            self._stack.append(None)
        elif name in {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}:
            self._memoize(len(self._memo) if name == "MEMOIZE" else _number(name, argument))
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            self._stack.append(self._memo.get(_number(name, argument)))
        elif name == "DUP":
            self._stack.append(self._stack[-1] if self._stack and self._stack[-1] is not _MARK else None)
        else:
            return False
        return True

    def _memoize(self, index: int) -> None:
        self._memo[index] = self._stack[-1] if self._stack and self._stack[-1] is not _MARK else None

    def _shuffle(self, opcode: pickletools.OpcodeInfo, text: bytes | None) -> None:
        """Takes from the stack and puts on it what the table of opcodes says."""
        before, after = opcode.stack_before, opcode.stack_after
        if pickletools.markobject in before:
            while self._stack and self._stack.pop() is not _MARK:
                pass
            before = before[: before.index(pickletools.markobject)]
        for _ in before:
            self._pop()
        for pushed in after:
            self._stack.append(_MARK if pushed is pickletools.markobject else None)
        if opcode.name in _CALLS and self._stack:
            self._stack[-1] = _MADE
        if text is not None and self._stack:
            self._stack[-1] = self._kept_name(opcode.name, text)

    def _kept_name(self, opcode: str, raw: bytes) -> str | None:
        name = _name(_unescaped(opcode, raw))
        if name is None or _NAME.fullmatch(name) is None:
            return None
        self._kept += len(raw) + NAME_BYTES
        return name if self._kept <= KEPT_BYTES else None

    def _pop(self) -> object:
        return self._stack.pop() if self._stack else None


def _number(name: str, argument: bytes) -> int:
    """The index of a memo opcode, as Python reads it."""
    if name in {"PUT", "GET"}:
        try:
            return int(argument[:NAME_BYTES])
        except ValueError:
            raise Truncated from None
    return int.from_bytes(argument, "little")


def _name(raw: bytes) -> str | None:
    if len(raw) > NAME_BYTES:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _unescaped(opcode: str, raw: bytes) -> bytes:
    """The bytes that a text opcode of protocol 0 spells with escapes."""
    if len(raw) > 4 * NAME_BYTES:
        return raw
    try:
        if opcode == "STRING":
            return codecs.escape_decode(raw.strip()[1:-1])[0]
        if opcode == "UNICODE":
            return raw.decode("raw-unicode-escape").encode("utf-8", "surrogatepass")
    except ValueError:
        raise Truncated from None
    except DeprecationWarning:  # an escape that Python doesn't know, where warnings are errors
        return b"\0"
    return raw
