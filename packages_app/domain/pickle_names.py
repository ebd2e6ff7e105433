"""Which names a pickle may import: data, not code.

An allow-list, since a pickle can call anything that Python can import. picklescan and fickling, the well-kept scanners,
decide by lists of what is known to be dangerous, and each year brings names that were not on them; here a name that is
not known to be harmless is a finding. The list follows torch's `_weights_only_unpickler.py` and what numpy and the
standard library need to restore their own values. The second list only says which findings are worse than unknown.
"""

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

#: Modules, and parts of names, that have no place in data.
_DANGEROUS = frozenset(
    [
        *(
            "os",
            "posix",
            "nt",
            "sys",
            "subprocess",
            "_posixsubprocess",
            "pty",
            "shutil",
            "socket",
            "_socket",
            "commands",
        ),
        *(
            "importlib",
            "imp",
            "runpy",
            "pkgutil",
            "pydoc",
            "code",
            "codeop",
            "pdb",
            "bdb",
            "timeit",
            "cProfile",
            "profile",
        ),
        *(
            "ctypes",
            "_ctypes",
            "cffi",
            "pickle",
            "_pickle",
            "cPickle",
            "marshal",
            "shelve",
            "dill",
            "cloudpickle",
            "joblib",
        ),
        *("multiprocessing", "signal", "platform", "webbrowser", "requests", "httpx", "aiohttp", "urllib", "urllib2"),
        *("http", "httplib", "ftplib", "smtplib", "telnetlib", "imaplib", "poplib", "xmlrpc", "asyncio", "operator"),
        *(
            "_operator",
            "functools",
            "_functools",
            "pip",
            "venv",
            "ensurepip",
            "distutils",
            "setuptools",
            "site",
            "idlelib",
        ),
        *("lib2to3", "tempfile", "io", "_io", "linecache", "trace", "doctest", "inspect", "gc", "atexit", "builtins"),
        *("__builtin__", "system", "popen", "Popen", "eval", "exec", "execfile", "compile", "open", "__import__"),
        *("getattr", "setattr", "delattr", "globals", "locals", "vars", "breakpoint", "input", "__globals__"),
        *("__builtins__", "__getattribute__", "__class__", "__subclasses__", "__dict__", "__reduce__", "runstring"),
        *("CodeType", "FunctionType", "hub"),
    ]
)
#: Of the modules above, what others import from them to restore data of their own; unknown, but not alarming.
_BORDERLINE = frozenset(
    {("joblib.numpy_pickle", "NumpyArrayWrapper"), ("functools", "partial"), ("_io", "BytesIO"), ("io", "BytesIO")}
)


def is_allowed(module: str, name: str) -> bool:
    return (module, name) in ALLOWED


def is_dangerous(module: str, name: str) -> bool:
    """Whether a name that is not allowed is known to run code, or leads to what does."""
    return (module, name) not in _BORDERLINE and not _DANGEROUS.isdisjoint(
        [module.partition(".")[0], *module.split(".")[1:], *name.split(".")]
    )
