"""Linux system calls that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

#: Calls by name, numbered by architecture; only what the layers make or allow.
NUMBERS: dict[str, dict[str, int]] = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "poll": 7, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
        "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "select": 23, "sched_yield": 24, "mremap": 25,
        "madvise": 28, "setitimer": 38, "getpid": 39, "clone": 56, "exit": 60, "wait4": 61, "getppid": 110,
        "capset": 126, "sigaltstack": 131, "prctl": 157, "setrlimit": 160, "gettid": 186, "futex": 202,
        "restart_syscall": 219, "clock_gettime": 228, "exit_group": 231, "openat": 257, "pselect6": 270, "ppoll": 271,
        "set_robust_list": 273, "prlimit64": 302, "seccomp": 317, "getrandom": 318, "rseq": 334,
        "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
    },
    "aarch64": {
        "openat": 56, "close": 57, "read": 63, "write": 64, "pselect6": 72, "ppoll": 73, "capset": 91, "exit": 93,
        "exit_group": 94, "futex": 98, "set_robust_list": 99, "setitimer": 103, "clock_gettime": 113,
        "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
        "rt_sigreturn": 139, "setrlimit": 164, "prctl": 167, "getpid": 172, "getppid": 173, "gettid": 178, "brk": 214,
        "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233, "wait4": 260,
        "prlimit64": 261, "seccomp": 277, "getrandom": 278, "rseq": 293, "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446,
    },
}  # fmt: skip
MACHINE = os.uname().machine


def number(name: str) -> int:
    """The call's number here; OSError where the architecture is not known."""
    try:
        return NUMBERS[MACHINE][name]
    except KeyError:
        raise OSError(0, f"no system call numbers for {MACHINE}") from None


def call(name: str, *arguments: int | ctypes.c_void_p | None) -> int:
    """Make the system call; raises OSError as the functions of `os` do."""
    return _checked(_LIBC.syscall(ctypes.c_long(number(name)), *(_word(argument) for argument in arguments)))


def prctl(option: int, value: int) -> None:
    _checked(_LIBC.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))


def unshare(flags: int) -> None:
    _checked(_LIBC.unshare(flags))


def _word(argument: int | ctypes.c_void_p | None) -> ctypes.c_long | ctypes.c_void_p | None:
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


def _checked(result: int) -> int:
    if result < 0:
        problem = ctypes.get_errno()
        raise OSError(problem, os.strerror(problem))
    return result
