"""Landlock with no rule at all: no file can be opened, made, run or removed, no port bound or reached.

Source: Linux, Documentation/userspace-api/landlock.rst; struct landlock_ruleset_attr.
"""

from __future__ import annotations

import ctypes
import os

from packages_app.sandbox.lockdown import kernel

_VERSION_FLAG = 1
#: Rights to files, by the ABI version that brought the highest of them.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_RIGHTS = 0b11  # bind and connect, ABI 4
_SCOPES = 0b11  # abstract Unix sockets and signals, ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


def hold() -> None:
    version = kernel.call("landlock_create_ruleset", None, 0, _VERSION_FLAG)
    rules = _Ruleset(
        files=(1 << _FILE_RIGHTS[min(version, 5)]) - 1,
        network=_NETWORK_RIGHTS if version >= 4 else 0,
        scopes=_SCOPES if version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = kernel.call("landlock_create_ruleset", ctypes.cast(ctypes.byref(rules), ctypes.c_void_p), size, 0)
    try:
        kernel.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
