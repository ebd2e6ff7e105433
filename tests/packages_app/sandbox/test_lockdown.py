"""Each layer alone, in a process that wears only that one and then tries what it should prevent."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from packages_app.sandbox.lockdown import kernel, seccomp
from packages_app.sandbox.lockdown.layers import HELD, Missing, Report

ROOT = Path(__file__).resolve().parents[3]
PRELUDE = f"""
import ctypes, errno, mmap, os, resource, signal, socket, sys
sys.path.append({str(ROOT)!r})
from packages_app.sandbox.lockdown import kernel, landlock, process, seccomp
sys.path.clear()
def refused(action, *problems):
    try:
        action()
    except OSError as problem:
        assert problem.errno in problems, problem
    else:
        raise SystemExit("it was not refused")
"""
EVALUATING = "process.give_up_privileges(); seccomp.hold(seccomp.EVALUATING)"
SERVING = "process.give_up_privileges(); seccomp.hold(seccomp.SERVING, seccomp.REFUSED_WHILE_SERVING)"


def ending(script: str) -> tuple[int, str]:
    """Exit status and last line of errors of a bare interpreter that runs `script`."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", PRELUDE + script],
        env={}, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


def has_landlock() -> bool:
    try:
        return kernel.call("landlock_create_ruleset", None, 0, 1) > 0
    except OSError:
        return False


@pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")
@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/hostname')",
        "os.listdir('/')",
        "open('/tmp/made', 'x')",
        "os.mkdir('/tmp/made')",
        "os.execv('/bin/true', ['true'])",
    ],
)
def test_landlock_refuses(act: str) -> None:
    assert ending(f"process.give_up_privileges(); landlock.hold(); refused(lambda: {act}, errno.EACCES)") == (0, "")


@pytest.mark.parametrize(
    "script",
    [
        "process.limit_resources(); refused(lambda: open('/etc/hostname'), errno.EMFILE)",
        "process.limit_resources(); refused(socket.socket, errno.EMFILE)",
        "process.limit_resources(); refused(lambda: mmap.mmap(-1, 1 << 28, mmap.MAP_PRIVATE), errno.ENOMEM)",
        "process.give_up_privileges(); assert 'NoNewPrivs:\\t1' in open('/proc/self/status').read()",
        "process.close_descriptors({0, 1, 2}); refused(lambda: os.fstat(3), errno.EBADF)",
        "os.dup2(2, 9); process.close_descriptors({0, 9}); os.fstat(9); refused(lambda: os.fstat(1), errno.EBADF)",
        "process.close_descriptors({2}); refused(lambda: os.fstat(0), errno.EBADF); os.fstat(2)",
    ],
)
def test_an_attribute_refuses(script: str) -> None:
    assert ending(script) == (0, "")


def test_a_file_can_not_grow() -> None:
    script = """
file = os.memfd_create("file")
process.limit_resources()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
refused(lambda: os.write(file, b"x"), errno.EFBIG)
"""
    assert ending(script) == (0, "")


def test_a_limit_that_is_lower_already_stays() -> None:
    script = """
resource.setrlimit(resource.RLIMIT_DATA, (1 << 26, 1 << 26))
process.limit_resources()
assert resource.getrlimit(resource.RLIMIT_DATA) == (1 << 26, 1 << 26)
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
"""
    assert ending(script) == (0, "")


def test_no_capability_is_left() -> None:
    script = """
status = open("/proc/self/status")
process.give_up_privileges()
lines = dict(line.split(":\\t") for line in status.read().splitlines() if line.startswith("Cap"))
assert {lines[kind] for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}, lines
"""
    assert ending(script) == (0, "")


def test_a_network_of_its_own_has_no_way_out() -> None:
    script = """
try:
    process.leave_network()
except OSError:
    raise SystemExit(0)
refused(lambda: socket.socket().connect((b"127.0.0.1", 9)), errno.ENETUNREACH)
"""
    assert ending(script) == (0, "")


def test_an_own_user_has_no_capability() -> None:
    script = """
try:
    process.become_nobody()
except OSError:
    raise SystemExit(0)
assert os.getuid() == os.geteuid() > 0x70000000 and os.getgroups() == []
assert "CapEff:\\t0000000000000000" in open("/proc/self/status").read()
refused(lambda: os.setuid(0), errno.EPERM)
"""
    assert ending(script) == (0, "")


KILLED = (-signal.SIGSYS, "")


@pytest.mark.parametrize("filtered", [EVALUATING, SERVING], ids=["evaluating", "serving"])
@pytest.mark.parametrize(
    "act",
    [
        "os.stat('/')",
        "socket.socket()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getpid(), 0)",
        "os.getuid()",
        "os.mkdir('/tmp/made')",
        "os.pipe()",
        "os.dup(0)",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
        "ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
        "ctypes.CDLL(None).unshare(0)",
    ],
)
def test_the_filter_ends_what_tries(filtered: str, act: str) -> None:
    assert ending(f"{filtered}; {act}") == KILLED


@pytest.mark.parametrize(
    "act",
    [
        "os.fork()",
        "refused(lambda: os.open('/etc/hostname', os.O_RDONLY), errno.EACCES)",
        "refused(lambda: os.open('/tmp/made', os.O_CREAT | os.O_WRONLY), errno.EACCES)",
        "os.read(0, 1)",
        "os.close(0)",
        "signal.setitimer(signal.ITIMER_REAL, 0)",
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})",
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
        "os.getppid()",
    ],
)
def test_an_evaluation_can_do_less_than_its_server(act: str) -> None:
    assert ending(f"{EVALUATING}; {act}") == KILLED
    assert ending(f"{SERVING}; {act}; os._exit(0)") == (0, "")


def test_an_evaluation_can_answer_and_end() -> None:
    assert ending(f"{EVALUATING}; bytearray(1 << 24); os.write(1, b'x'); os._exit(0)") == (0, "")


@pytest.mark.parametrize("flags", [0x10000011, 0x00010F00], ids=["user namespace", "thread"])
def test_a_server_makes_processes_only(flags: int) -> None:
    assert ending(f"{SERVING}; kernel.call('clone', {flags}, 0, 0, 0, 0)") == KILLED


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_whole_on_every_architecture(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MACHINE", machine)
    numbers = kernel.NUMBERS[machine]
    assert len(set(numbers.values())) == len(numbers)
    assert set(seccomp.EVALUATING) <= set(numbers)
    assert len(seccomp.program(seccomp.SERVING)) % 8 == 0


def test_an_unknown_architecture_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MACHINE", "vax")
    report = Report()
    report.attempt("seccomp", lambda: seccomp.hold(seccomp.EVALUATING))
    assert report.layers == {"seccomp": "missing: no system call filter for vax"}


def test_a_report_remembers_what_was_missing() -> None:
    def fails() -> None:
        raise PermissionError(1, "Operation not permitted")

    report = Report()
    report.attempt("network", fails)
    report.attempt("network", lambda: None)
    report.attempt("limits", lambda: None)
    assert report.layers == {"network": "missing: Operation not permitted", "limits": HELD}
    report.demand(["limits", "seccomp"], ["limits", "network"])
    with pytest.raises(Missing, match="network"):
        report.demand(["network"], ["limits", "network"])
