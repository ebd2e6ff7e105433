"""What is needed of wasmtime's C API, straight from its library.

The Python package around that library declares a thousand functions at import, which takes longer than a whole
decision; the sandbox calls twenty. Source: wasmtime's C headers, of the version that is pinned. Exports are called
without type checks, so names and arities are right for the one pinned guest only.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    #: Takes the guest's integer arguments, returns its integer result.
    HostFunction = Callable[[Sequence[int]], int]

_OUT_OF_FUEL = 11
_KINDS = {"i": 0, "l": 1}  # i32, i64


class Broken(Exception):
    """The library refused: a file that is not a module for this configuration, an import that is missing."""


class Trapped(Exception):
    """The guest was stopped by the machine: out of fuel, out of stack, or by a call it must not make."""

    def __init__(self, *, out_of_fuel: bool) -> None:
        super().__init__("fuel" if out_of_fuel else "trap")
        self.out_of_fuel = out_of_fuel


class _Value(ctypes.Union):
    _fields_ = [("i32", c_int32), ("i64", c_int64), ("slot", c_uint8 * 16)]
    i32: int
    i64: int


class _Vector(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("data", c_void_p)]


class _Function(ctypes.Structure):
    _fields_ = [("store", c_uint64), ("private", c_void_p)]


class _Memory(ctypes.Structure):
    _fields_ = [("store", c_uint64), ("private1", c_uint32), ("private2", c_uint32), ("private3", c_uint32)]


class _Item(ctypes.Union):
    _fields_ = [("function", _Function), ("memory", _Memory), ("largest", c_uint8 * 24)]
    function: _Function
    memory: _Memory


class _Export(ctypes.Structure):
    _fields_ = [("kind", c_uint8), ("of", _Item)]
    kind: int
    of: _Item


class _Instance(ctypes.Structure):
    _fields_ = [("store", c_uint64), ("private", c_size_t)]


_Callback = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p, POINTER(_Value), c_size_t)

#: Function: what it returns, what it takes. Pointers are opaque.
_SIGNATURES = {
    "wasm_config_new": (c_void_p, []),
    "wasmtime_config_consume_fuel_set": (None, [c_void_p, c_bool]),
    "wasmtime_config_max_wasm_stack_set": (None, [c_void_p, c_size_t]),
    "wasmtime_config_memory_init_cow_set": (None, [c_void_p, c_bool]),
    "wasm_engine_new_with_config": (c_void_p, [c_void_p]),
    "wasmtime_module_new": (c_void_p, [c_void_p, c_char_p, c_size_t, c_void_p]),
    "wasmtime_module_serialize": (c_void_p, [c_void_p, c_void_p]),
    "wasmtime_module_deserialize": (c_void_p, [c_void_p, c_char_p, c_size_t, c_void_p]),
    "wasmtime_store_new": (c_void_p, [c_void_p, c_void_p, c_void_p]),
    "wasmtime_store_context": (c_void_p, [c_void_p]),
    "wasmtime_store_limiter": (None, [c_void_p, *[c_int64] * 5]),
    "wasmtime_context_set_fuel": (c_void_p, [c_void_p, c_uint64]),
    "wasmtime_linker_new": (c_void_p, [c_void_p]),
    "wasmtime_linker_define_func_unchecked": (
        c_void_p,
        [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, _Callback, c_void_p, c_void_p],
    ),
    "wasmtime_linker_define_unknown_imports_as_traps": (c_void_p, [c_void_p, c_void_p]),
    "wasmtime_linker_instantiate": (c_void_p, [c_void_p] * 5),
    "wasmtime_instance_export_get": (c_bool, [c_void_p, c_void_p, c_char_p, c_size_t, c_void_p]),
    "wasmtime_func_call_unchecked": (c_void_p, [c_void_p, c_void_p, c_void_p, c_size_t, c_void_p]),
    "wasmtime_memory_data": (c_void_p, [c_void_p, c_void_p]),
    "wasmtime_memory_data_size": (c_size_t, [c_void_p, c_void_p]),
    "wasmtime_trap_new": (c_void_p, [c_char_p, c_size_t]),
    "wasmtime_trap_code": (c_bool, [c_void_p, c_void_p]),
    "wasm_valtype_new": (c_void_p, [c_uint8]),
    "wasm_valtype_vec_new": (None, [c_void_p, c_size_t, c_void_p]),
    "wasm_functype_new": (c_void_p, [c_void_p, c_void_p]),
}


class Machine:
    """The library with one engine; all modules and instances are its own.

    stack: bytes of the machine's stack that a guest may use.
    """

    def __init__(self, library: str, *, stack: int) -> None:
        self._library = ctypes.CDLL(library)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        config = self._library.wasm_config_new()
        self._library.wasmtime_config_consume_fuel_set(config, True)  # noqa: FBT003 -- a C function
        self._library.wasmtime_config_max_wasm_stack_set(config, stack)
        # A copy-on-write image would need a descriptor kept open.
        self._library.wasmtime_config_memory_init_cow_set(config, False)  # noqa: FBT003 -- a C function
        self._engine = self._library.wasm_engine_new_with_config(config)
        self._module = c_void_p()
        self._functions: Mapping[str, HostFunction] = {}

    def compile(self, wasm: bytes) -> bytes:
        """Native code for `wasm`, as `load` takes it; about a second."""
        self._succeed(self._library.wasmtime_module_new(self._engine, wasm, len(wasm), byref(self._module)))
        native = _Vector()
        self._succeed(self._library.wasmtime_module_serialize(self._module, byref(native)))
        return ctypes.string_at(native.data, native.size)

    def load(self, native: bytes, imports: Sequence[tuple[str, str, str]]) -> None:
        """Take native code, which must come from `compile`: it is run as it stands.

        imports: module, name and types ("ili": i32, i64, i32; the result is i32) of those the host answers; the guest
        that calls any other is stopped. Their entry points are machine code, made here because later none can be made.
        """
        self._succeed(self._library.wasmtime_module_deserialize(self._engine, native, len(native), byref(self._module)))
        self._linker = self._library.wasmtime_linker_new(self._engine)
        self._entries = [self._define(*names) for names in imports]
        self._succeed(self._library.wasmtime_linker_define_unknown_imports_as_traps(self._linker, self._module))

    def instance(self, functions: Mapping[str, HostFunction], *, fuel: int, memory: int) -> Instance:
        """A new instance in a new store, the only one to run from now on.

        functions: by the import's name. memory: bytes it may grow to.
        """
        self._functions = functions
        store = self._library.wasmtime_store_new(self._engine, None, None)
        self._library.wasmtime_store_limiter(store, memory, 20_000, 1, 1, 1)
        context = self._library.wasmtime_store_context(store)
        self._succeed(self._library.wasmtime_context_set_fuel(context, fuel))
        instance, trap = _Instance(), c_void_p()
        error = self._library.wasmtime_linker_instantiate(
            self._linker, context, self._module, byref(instance), byref(trap)
        )
        self._succeed(error, trap)
        return Instance(self, context, instance)

    def _define(self, module: str, name: str, types: str) -> object:
        def called(_data: object, _caller: object, values: ctypes.Array[_Value], _count: int) -> int | None:
            taken = [values[at].i32 if kind == "i" else values[at].i64 for at, kind in enumerate(types)]
            try:
                values[0].i32 = self._functions[name](taken)
            except (Broken, OverflowError):
                trap: int = self._library.wasmtime_trap_new(b"", 0)
                return trap
            return None

        entry = _Callback(called)
        parameters, results = _Vector(), _Vector()
        for vector, kinds in ((parameters, types), (results, "i")):
            items = (c_void_p * len(kinds))(*(self._library.wasm_valtype_new(_KINDS[kind]) for kind in kinds))
            self._library.wasm_valtype_vec_new(byref(vector), len(kinds), items)
        signature = self._library.wasm_functype_new(byref(parameters), byref(results))
        first, second = module.encode(), name.encode()
        error = self._library.wasmtime_linker_define_func_unchecked(
            self._linker, first, len(first), second, len(second), signature, entry, None, None
        )
        self._succeed(error)
        return entry

    def _succeed(self, error: int | None, trap: c_void_p | None = None) -> None:
        if trap:
            code = c_uint8()
            known = self._library.wasmtime_trap_code(trap, byref(code))
            raise Trapped(out_of_fuel=bool(known) and code.value == _OUT_OF_FUEL)
        if error:
            raise Broken


class Instance:
    """A guest: its functions by name, and its memory. It lives as long as the process, which is one decision."""

    def __init__(self, machine: Machine, context: int, instance: _Instance) -> None:
        self._machine, self._library = machine, machine._library  # noqa: SLF001 -- the two are one binding
        self._context, self._instance = context, instance
        self._functions: dict[str, _Function] = {}
        self._memory = self._export("memory").of.memory

    def _export(self, name: str) -> _Export:
        export, key = _Export(), name.encode()
        if not self._library.wasmtime_instance_export_get(
            self._context, byref(self._instance), key, len(key), byref(export)
        ):
            raise Broken(name)
        return export

    def call(self, name: str, *arguments: int) -> int:
        """Call an export whose parameters and result, if any, are i32; the result as a signed integer."""
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._export(name).of.function
        slots = (_Value * max(len(arguments), 1))()
        for slot, argument in zip(slots, arguments, strict=False):
            slot.i32 = argument
        trap = c_void_p()
        error = self._library.wasmtime_func_call_unchecked(
            self._context, byref(function), slots, len(slots), byref(trap)
        )
        self._machine._succeed(error, trap)  # noqa: SLF001 -- the two are one binding
        return slots[0].i32

    def read(self, start: int, count: int) -> bytes:
        return ctypes.string_at(self._within(start, count), count)

    def write(self, start: int, data: bytes) -> None:
        ctypes.memmove(self._within(start, len(data)), data, len(data))

    def clear(self, start: int, count: int) -> None:
        ctypes.memset(self._within(start, count), 0, count)

    def _within(self, start: int, count: int) -> int:
        """The address of the guest's bytes [start, start + count), which must all be its own."""
        size = self._library.wasmtime_memory_data_size(self._context, byref(self._memory))
        if start < 0 or count < 0 or start + count > size:
            raise Broken("out of the guest's memory")
        base: int = self._library.wasmtime_memory_data(self._context, byref(self._memory))
        return base + start
