"""The kernel's system-call filter: what is not listed ends the process, and no memory ever becomes executable again.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst; instructions of classic BPF from linux/filter.h.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from packages_app.sandbox.lockdown import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JSET|K, BPF_RET|K
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_SET_MODE_FILTER = 1
_EXECUTABLE = 0x4  # PROT_EXEC
_SHARED_OR_NAMESPACED = 0x7E02_0F00  # CLONE_VM, FS, FILES, SIGHAND and every CLONE_NEW*

#: What one evaluation needs: memory, time that stands still, one descriptor to answer on, and a way out.
EVALUATING = (
    "write", "exit", "exit_group", "munmap", "mremap", "madvise", "brk", "futex", "rt_sigreturn", "sigaltstack",
    "clock_gettime", "getrandom", "gettid", "getpid", "sched_yield", "restart_syscall", "mmap", "mprotect",
)  # fmt: skip
#: What the fork server needs besides: to fork, to wait, and what its children lock themselves down with.
SERVING = (
    *EVALUATING, "clone", "wait4", "read", "close", "select", "pselect6", "poll", "ppoll", "prctl", "prlimit64",
    "setrlimit", "setitimer", "seccomp", "rt_sigprocmask", "rt_sigaction", "set_robust_list", "rseq", "getppid",
)  # fmt: skip
#: What the fork server is refused without being ended: since 3.12, Python looks into /proc for threads when it forks.
REFUSED_WHILE_SERVING = ("openat",)
#: Calls allowed only while these bits of this argument are clear: (argument, bits).
_UNLESS = {"mmap": (2, _EXECUTABLE), "mprotect": (2, _EXECUTABLE), "clone": (0, _SHARED_OR_NAMESPACED)}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def hold(allowed: Sequence[str], refused: Sequence[str] = ()) -> None:
    """Allow this process, from now on, the calls named in `allowed`, and fail those in `refused` with EACCES.

    Any other ends it. Needs no_new_privs; of two filters the stricter answer counts.
    """
    instructions = program(allowed, refused)
    filter_ = _Program(len(instructions) // 8, instructions)
    kernel.call("seccomp", _SET_MODE_FILTER, 0, ctypes.cast(ctypes.byref(filter_), ctypes.c_void_p))


def program(allowed: Sequence[str], refused: Sequence[str] = ()) -> bytes:
    """The filter as the kernel takes it: eight bytes an instruction. Calls this architecture lacks are left out."""
    if kernel.MACHINE not in _ARCHITECTURES:
        raise OSError(0, f"no system call filter for {kernel.MACHINE}")
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_EQUAL, _ARCHITECTURES[kernel.MACHINE], 1, 0),
        _step(_RETURN, _KILL_PROCESS),
    ]
    steps.append(_step(_LOAD, _NUMBER_AT))
    for name in allowed:
        number = kernel.NUMBERS[kernel.MACHINE].get(name)
        if number is None:
            continue
        if name not in _UNLESS:
            steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
            continue
        argument, bits = _UNLESS[name]
        steps += [
            _step(_EQUAL, number, 0, 4),
            _step(_LOAD, _ARGUMENTS_AT + 8 * argument),
            _step(_ANY_BIT, bits, 0, 1),
            _step(_RETURN, _KILL_PROCESS),
            _step(_RETURN, _ALLOW),
        ]
    for name in refused:
        steps += [_step(_EQUAL, kernel.number(name), 0, 1), _step(_RETURN, _FAIL | errno.EACCES)]
    return b"".join([*steps, _step(_RETURN, _KILL_PROCESS)])


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
