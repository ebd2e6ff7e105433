"""Which names a pickle may import: data, not code.

An allow-list, since a pickle can call anything that Python can import. picklescan and fickling, the well-kept scanners,
decide by lists of what is known to be dangerous, and each year brings names that were not on them; here a name that is
not known to be harmless is a finding. The list follows torch's `_weights_only_unpickler.py` and what numpy and the
standard library need to restore their own values. The second list only says which findings are worse than unknown.
"""

import builtins

_STORAGES = [
    f"{kind}{suffix}"
    for kind in (
        *("Double", "Float", "Half", "Long", "Int", "Short", "Char", "Byte", "Bool", "BFloat16", "ComplexDouble"),
        *("ComplexFloat", "QUInt8", "QInt8", "QInt32", "QUInt4x2", "QUInt2x4", "Untyped", "Typed"),
    )
    for suffix in ("Storage",)
]
_DTYPES = [
    *(
        "float64",
        "float32",
        "float16",
        "bfloat16",
        "double",
        "float",
        "half",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
    ),
    *("uint16", "uint32", "uint64", "long", "int", "short", "bool", "complex32", "complex64", "complex128", "cfloat"),
    *("cdouble", "quint8", "qint8", "qint32", "quint4x2", "quint2x4", "float8_e4m3fn", "float8_e5m2"),
    *("float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"),
]
_REBUILD = [
    *("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_parameter_with_state"),
    *("_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_meta_tensor_no_storage", "_rebuild_nested_tensor"),
    *("_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor"),
]
_BUILTINS = [
    *("set", "frozenset", "list", "dict", "tuple", "int", "float", "complex", "bool", "str", "bytes", "bytearray"),
    *("slice", "range", "object"),
    *(name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)),
]
_SCALARS = [
    *(
        "bool_",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
    ),
    *("complex64", "complex128", "str_", "bytes_", "datetime64", "timedelta64", "longlong", "ulonglong"),
]
_ALLOWED = {
    "builtins": _BUILTINS,
    "__builtin__": [*_BUILTINS, "long", "unicode", "xrange"],
    "_codecs": ["encode"],
    "copyreg": ["_reconstructor"],
    "copy_reg": ["_reconstructor"],
    "collections": ["OrderedDict", "defaultdict", "deque", "Counter"],
    "datetime": ["date", "datetime", "time", "timedelta", "timezone"],
    "decimal": ["Decimal"],
    "fractions": ["Fraction"],
    "uuid": ["UUID"],
    "argparse": ["Namespace"],
    "types": ["SimpleNamespace"],
    "pathlib": ["PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"],
    "numpy": ["dtype", "ndarray", *_SCALARS],
    "numpy.dtypes": [f"{scalar.rstrip('_').capitalize()}DType" for scalar in _SCALARS],
    "numpy.core.multiarray": ["_reconstruct", "scalar"],
    "numpy._core.multiarray": ["_reconstruct", "scalar"],
    "numpy.ma": ["MaskedArray"],
    "numpy.ma.core": ["MaskedArray", "_mareconstruct"],
    "numpy.random.bit_generator": ["SeedSequence", "__pyx_unpickle_SeedSequence"],
    "numpy.random._pickle": ["__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"],
    "numpy.random._mt19937": ["MT19937"],
    "numpy.random._pcg64": ["PCG64", "PCG64DXSM"],
    "numpy.random._philox": ["Philox"],
    "numpy.random._sfc64": ["SFC64"],
    "numpy.core.numeric": ["_frombuffer"],
    "numpy._core.numeric": ["_frombuffer"],
    "torch": ["Size", "Tensor", "device", *_STORAGES, *_DTYPES],
    "torch.cuda": _STORAGES,
    "torch._utils": _REBUILD,
    "torch._tensor": ["Tensor", "_rebuild_from_type_v2"],
    "torch.nn.parameter": ["Parameter"],
    "torch.storage": ["TypedStorage", "UntypedStorage"],
    "torch.serialization": ["_get_layout"],
}
ALLOWED = frozenset((module, name) for module, names in _ALLOWED.items() for name in names)

#: Packages that have no place in data. Others name modules of their own so: numpy.random._pickle, scipy.signal.
_DANGEROUS_PACKAGES = frozenset([
    "_aix_support", "_functools", "_io", "_operator", "_osx_support", "_pickle", "_pyrepl", "aiohttp", "asyncio",
    "atexit", "bdb", "cPickle", "cProfile", "code", "codeop", "commands", "doctest", "ensurepip", "ftplib",
    "functools", "gc", "http", "httplib", "httpx", "idlelib", "imaplib", "inspect", "io", "joblib", "lib2to3",
    "linecache", "operator", "pdb", "pickle", "pip", "pkgutil", "platform", "poplib", "profile", "pydoc", "requests",
    "setuptools", "shelve", "signal", "site", "smtplib", "ssl", "telnetlib", "tempfile", "timeit", "trace", "urllib2",
    "uuid", "venv", "webbrowser", "xmlrpc",
])  # fmt: skip
#: Modules that have none wherever others hold them, and what leads from a harmless name to code.
_DANGEROUS_MODULES = frozenset([
    "__builtin__", "__builtins__", "_ctypes", "_dynamo", "_inductor", "_posixsubprocess", "_socket", "builtins",
    "cffi", "cloudpickle", "collect_env", "ctypes", "dill", "distutils", "f2py", "hub", "imp", "importlib", "marshal",
    "multiprocessing", "nt", "os", "posix", "pty", "runpy", "shutil", "socket", "subprocess", "sys", "urllib",
])  # fmt: skip
_DANGEROUS_ATTRIBUTES = frozenset([
    "__class__", "__dict__", "__getattribute__", "__globals__", "__import__", "__reduce__", "__subclasses__",
    "breakpoint", "compile", "delattr", "eval", "evaluate_guards_expression", "exec", "execWrapper", "execfile",
    "getattr", "globals", "input", "load", "load_config", "loads", "locals", "open", "popen", "read_pickle",
    "run_cprofile", "runstring", "setattr", "system", "vars", "CodeType", "FileHandler", "FunctionType", "Popen",
])  # fmt: skip
#: Of the modules above, what others import from them to restore data of their own; unknown, but not alarming.
_BORDERLINE = frozenset([
    ("builtins", "type"), ("__builtin__", "type"), ("functools", "partial"), ("_io", "BytesIO"), ("io", "BytesIO"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
])  # fmt: skip


def is_allowed(module: str, name: str) -> bool:
    return (module, name) in ALLOWED


def is_dangerous(module: str, name: str) -> bool:
    """Whether a name that is not allowed is known to run code, or leads to what does."""
    if (module, name) in _BORDERLINE:
        return False
    modules, attributes = module.split("."), name.split(".")
    named = [*modules, *attributes, *(attribute.lstrip("_") for attribute in attributes)]  # random._os
    return (
        not _DANGEROUS_PACKAGES.isdisjoint([modules[0], *attributes[:-1]])  # typing.operator.methodcaller
        or not _DANGEROUS_MODULES.isdisjoint(named)
        or not _DANGEROUS_ATTRIBUTES.isdisjoint(attributes)
    )
