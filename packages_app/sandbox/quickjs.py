"""The JavaScript engine: QuickJS-NG as WebAssembly, one instance a decision, and what the host may ask of it.

Every value is a pointer to a JavaScript value in the guest's own memory. Nothing here splices text into a program:
strings are made through the engine's API, and values are read by their engine-level class and their own data
properties, which runs no line of the guest's.
"""

from __future__ import annotations

from bisect import bisect_right

from packages_app.sandbox.webassembly import Instance, Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bytes: the guest's memory, what of it JavaScript may fill, the stack inside it, and the machine's stack beneath.
MEMORY = 32 * 1024 * 1024
HEAP = 24 * 1024 * 1024
STACK = 256 * 1024
MACHINE_STACK = 2 * 1024 * 1024
#: Past any deadline on any machine of today: the backstop should the alarm be lost.
FUEL = 100_000_000_000
#: Everything but performance timers (1 << 10) and weak references (1 << 9), through which timing and collection show.
INTRINSICS = 0x1FFF & ~(1 << 10) & ~(1 << 9)
COMPILE_ONLY = 1 << 5
#: Of its twelve imports the guest gets these three; any other stops it. None reaches the operating system.
IMPORTS = (
    ("env", "host_get_timezone_offset", "ii"),
    ("wasi_snapshot_preview1", "clock_time_get", "ili"),
    ("wasi_snapshot_preview1", "random_get", "ii"),
)


class Exhausted(Exception):
    """The guest has no memory left even for the answer."""


class Surroundings:
    """What the guest sees of the world: the time, which stands still, and a time zone.

    now_ms: milliseconds since the epoch. From `starts[i]` (UTC, seconds since the epoch) on, local time is `offsets[i]`
    seconds ahead of UTC; before the first start too. What makes a Date from local parts asks for the offset
    of a local time as if it were UTC; see local_time.
    """

    def __init__(self, now_ms: int, starts: Sequence[int], offsets: Sequence[int]) -> None:
        self.now_ms, self.starts, self.offsets = now_ms, starts, offsets

    def offset(self, seconds: int) -> int:
        """How far local time is ahead of UTC, in seconds, at `seconds` since the epoch."""
        return self.offsets[max(bisect_right(self.starts, seconds) - 1, 0)]


class QuickJS:
    """One engine. Methods take and return pointers to values; None stands for the absence of one."""

    def __init__(self, machine: Machine, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        functions = {
            "host_get_timezone_offset": self._timezone_offset,
            "clock_time_get": self._clock_time,
            "random_get": self._random,
        }
        self._guest: Instance = machine.instance(functions, fuel=FUEL, memory=MEMORY)
        self._call("_initialize")
        if self._call("qjs_init2", INTRINSICS) != 0:
            raise Exhausted
        self._call("qjs_set_memory_limit", HEAP)
        self._call("qjs_set_max_stack_size", STACK)

    def _timezone_offset(self, arguments: Sequence[int]) -> int:
        high, low = arguments
        return self._surroundings.offset((high << 32) | (low & 0xFFFFFFFF))

    def _clock_time(self, arguments: Sequence[int]) -> int:
        _clock, _precision, result = arguments
        self._guest.write(result, (self._surroundings.now_ms * 1_000_000).to_bytes(8, "little", signed=True))
        return 0

    def _random(self, arguments: Sequence[int]) -> int:
        start, count = arguments
        self._guest.clear(start, count)  # the same decision for the same arguments, always
        return 0

    def _call(self, name: str, *arguments: int) -> int:
        return self._guest.call(name, *arguments)

    def _value(self, name: str, *arguments: int) -> int:
        pointer = self._call(name, *arguments)
        if pointer == 0:
            raise Exhausted
        return pointer

    def _bytes(self, data: bytes) -> int:
        """Where a copy of `data` lies, a zero byte behind it."""
        pointer = self._value("wasm_malloc", len(data) + 1)
        self._guest.write(pointer, data + b"\0")
        return pointer

    def _number(self, pointer: int) -> int:
        return int.from_bytes(self._guest.read(pointer, 4), "little")

    # Making ---------------------------------------------------------------------------------------------------------

    def string(self, text: str) -> int:
        data = text.encode("utf-8", "surrogatepass")
        return self._value("qjs_new_string", self._bytes(data), len(data))

    def object(self) -> int:
        return self._value("qjs_new_object")

    def undefined(self) -> int:
        return self._value("qjs_get_undefined")

    def everything(self) -> int:
        """The global object."""
        return self._value("qjs_get_global")

    def define(self, target: int, name: str, value: int) -> None:
        """Give `target` the own property `name`: writable, enumerable, configurable."""
        self._call("qjs_define_prop_string", target, self._bytes(name.encode()), value, 0b111)

    # Running --------------------------------------------------------------------------------------------------------

    def run(self, source: str, *, compile_only: bool = False) -> int:
        """Run `source` as a script, or only parse it; its completion value, or an exception (see `is_exception`)."""
        data = source.encode("utf-8")
        flags = COMPILE_ONLY if compile_only else 0
        return self._value("qjs_eval", self._bytes(data), len(data), self._bytes(b"policy.js"), flags)

    def call(self, function: int, this: int, arguments: Sequence[int]) -> int:
        vector = self._bytes(b"".join(argument.to_bytes(4, "little") for argument in arguments))
        return self._value("qjs_call", function, this, len(arguments), vector)

    def exception(self) -> int:
        """The value thrown last, which is thereby caught."""
        return self._value("qjs_get_exception")

    def stack(self, error: int) -> str:
        """Where `error` came from. Runs an accessor: of use only before the guest could have replaced it."""
        return self.text(self._value("qjs_get_prop_string", error, self._bytes(b"stack")), 200) or ""

    # Reading, without running a line of the guest's -----------------------------------------------------------------

    def is_exception(self, value: int) -> bool:
        return bool(self._call("qjs_is_exception", value))

    def is_function(self, value: int) -> bool:
        return bool(self._call("qjs_is_function", value))

    def is_promise(self, value: int) -> bool:
        return bool(self._call("qjs_is_promise", value))

    def is_error(self, value: int) -> bool:
        return bool(self._call("qjs_is_error", value))

    def is_object(self, value: int) -> bool:
        return bool(self._call("qjs_is_object", value))

    def is_proxy(self, value: int) -> bool:
        return bool(self._call("qjs_is_proxy", value))

    def is_plain(self, value: int) -> bool:
        """Whether `value` is an ordinary object: no proxy, function, array, promise, boxed boolean or other builtin."""
        if not self.is_object(value) or self.is_proxy(value):
            return False
        return self.class_of(value) == self.class_of(self.object())

    def class_of(self, value: int) -> int:
        """The engine's own number for the kind of object that `value` is, whatever its prototype claims."""
        return self._call("qjs_get_class_id", value)

    def boolean(self, value: int) -> bool | None:
        """The boolean that `value` is; None for anything else, boxed booleans included."""
        return bool(self._call("qjs_get_bool", value)) if self._call("qjs_is_bool", value) else None

    def text(self, value: int, limit: int) -> str | None:
        """The first `limit` bytes (as UTF-8) of the string that `value` is; None for anything else."""
        if not self._call("qjs_is_string", value):
            return None
        length_at = self._value("wasm_malloc", 4)
        pointer = self._call("qjs_get_string_len", value, length_at)
        if pointer == 0:
            return None
        length = min(self._number(length_at), limit)
        return self._guest.read(pointer, length).decode("utf-8", "replace")

    def prototype(self, target: int) -> int | None:
        """What `target` inherits from; None where that is nothing, or for a proxy to say."""
        if not self.is_object(target) or self.is_proxy(target):
            return None
        return self._value("qjs_get_prototype_of", target)

    def own(self, target: int, name: str) -> int | None:
        """The value of the own data property `name`; None where it is absent, inherited or computed by a getter."""
        if not self.is_object(target) or self.is_proxy(target):
            return None
        descriptor = self._call("qjs_get_own_property_descriptor", target, self.string(name))
        if descriptor == 0 or self.is_exception(descriptor):
            return None
        key = self._bytes(b"value")
        if self._call("qjs_has_own_property", descriptor, key) != 1:
            return None  # an accessor's descriptor has none, and one inherited from a changed prototype is no value
        return self._value("qjs_get_prop_string", descriptor, key)
