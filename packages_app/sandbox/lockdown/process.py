"""The layers made of plain process attributes: descriptors, network, user, privileges, limits."""

from __future__ import annotations

import ctypes
import os
import resource
from itertools import pairwise

from packages_app.sandbox.lockdown import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x1000_0000, 0x4000_0000, 0x0800_0000
#: Own user ids lie above every id that systems hand out, one for each process id.
_FIRST_OWN_USER = 0x7000_0000
_CAPABILITIES = 0x2008_0522  # the third and last version of the call
DATA_BYTES = 192 * 1024 * 1024


def close_descriptors(kept: Collection[int]) -> None:
    """Close every descriptor not in `kept`."""
    edges = sorted({-1, *kept, resource.getrlimit(resource.RLIMIT_NOFILE)[1] & 0x7FFF_FFFF})
    for low, high in pairwise(edges):
        if low + 1 < high:  # an empty range closes everything under Python 3.11
            os.closerange(low + 1, high)


def leave_network() -> None:
    """A network of its own without as much as a loopback; takes a user namespace where it is not root's to ask."""
    kernel.unshare(_NEW_NETWORK | _NEW_IPC | (0 if os.geteuid() == 0 else _NEW_USER))


def become_nobody() -> None:
    """A user and group id no other process has, and with them no capability."""
    if os.geteuid() != 0:
        raise OSError(0, "only root can take a user id of its own")
    own = _FIRST_OWN_USER + os.getpid()
    os.setgroups([])
    os.setresgid(own, own, own)
    os.setresuid(own, own, own)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("process", ctypes.c_int)]


def give_up_privileges() -> None:
    """No capability is left, none can be gained by executing anything, and no other process may look inside."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    header, none = _CapabilityHeader(version=_CAPABILITIES), (ctypes.c_uint32 * 6)()
    kernel.call("capset", ctypes.cast(ctypes.byref(header), ctypes.c_void_p), ctypes.cast(none, ctypes.c_void_p))
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def limit_resources() -> None:
    """No file grows, none is opened, none dumped; data stays under DATA_BYTES."""
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_MEMLOCK):
        _limit(limit, 0)
    _limit(resource.RLIMIT_DATA, DATA_BYTES)


def limit_evaluation(seconds: int) -> None:
    """No further process or thread, and `seconds` of processor time."""
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_CPU, seconds)


def _limit(what: int, most: int) -> None:
    """Allow no more than `most`, or than was allowed before where that is less."""
    _, before = resource.getrlimit(what)
    allowed = most if before == resource.RLIM_INFINITY else min(most, before)
    resource.setrlimit(what, (allowed, allowed))
