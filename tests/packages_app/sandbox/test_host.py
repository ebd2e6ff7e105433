"""Processes around policies: kept, shared, bounded, lost, and gone in the end."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from packages_app.domain.verdicts import Verdict
from packages_app.sandbox import host
from packages_app.sandbox.host import evaluate
from packages_app.sandbox.settings import SandboxSettings
from tests.packages_app.sandbox.policies import request, returning, workers

APPROVING = request(returning("{approved: true, reason: d}"))
ENDLESS = request("function validateDownload() { for (;;); }")


@pytest.fixture(autouse=True)
def alone() -> None:
    host.close()


def at_once(count: int, settings: SandboxSettings, **asked: str) -> list[Verdict]:
    """`count` verdicts asked for at the same time."""
    verdicts: list[Verdict] = []

    def ask(number: int) -> None:
        source = asked.get("source", returning("{approved: true, reason: d}"))
        verdicts.append(evaluate(request(source, downloader=f"user {number}"), settings))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return verdicts


def test_a_server_is_kept_and_a_new_child_answers(settings: SandboxSettings, cache_dir: Path) -> None:
    evaluate(APPROVING, settings)
    kept = {pid for pid in workers(cache_dir) if os.getsid(pid) == pid}
    evaluate(APPROVING, settings)
    assert {pid for pid in workers(cache_dir) if os.getsid(pid) == pid} == kept
    host.close()
    assert workers(cache_dir) == set()


def test_a_cold_process_is_gone_when_it_has_answered(cold: SandboxSettings, cache_dir: Path) -> None:
    assert evaluate(APPROVING, cold).code == "approved"
    assert workers(cache_dir) == set()


@pytest.mark.parametrize("warm", [True, False])
def test_a_policy_that_never_ends_takes_its_process_along(
    warm: bool, hurried: SandboxSettings, cache_dir: Path
) -> None:
    verdict = evaluate(ENDLESS, replace(hurried, warm=warm))
    assert (verdict.code, verdict.reason) == ("timeout", "The policy took too long; make it do less.")
    assert workers(cache_dir) == set()


@pytest.mark.parametrize("warm", [True, False])
def test_a_host_that_ignores_signals_is_no_way_out(warm: bool, hurried: SandboxSettings) -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGXCPU})
    try:
        verdict = evaluate(ENDLESS, replace(hurried, warm=warm))
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert (verdict.code, verdict.duration_ms < 1000 * (hurried.deadline_seconds + 1)) == ("timeout", True)


@pytest.mark.parametrize(
    "limits",
    [{"deadline_seconds": 0.0}, {"idle_seconds": 0.0}, {"queue_seconds": -1.0}, {"concurrent": 0}, {"queue": -1}],
)
def test_limits_that_are_none_are_refused(limits: dict[str, Any], settings: SandboxSettings) -> None:
    with pytest.raises(ValueError, match="sandbox"):
        replace(settings, **limits)


def test_answers_do_not_get_mixed_up(settings: SandboxSettings) -> None:
    verdicts = at_once(12, settings)
    assert sorted(verdict.reason for verdict in verdicts) == sorted(f"user {number}" for number in range(12))


def test_no_more_run_at_a_time_than_may(settings: SandboxSettings, cache_dir: Path) -> None:
    at_once(6, replace(settings, concurrent=1))
    assert len({os.getsid(pid) for pid in workers(cache_dir)}) == 1


def test_no_more_wait_than_may(hurried: SandboxSettings) -> None:
    crowded = replace(hurried, concurrent=1, queue=1, queue_seconds=5.0, deadline_seconds=0.6)
    verdicts = at_once(4, crowded, source=ENDLESS.source)
    assert sorted(verdict.code for verdict in verdicts) == ["sandbox_error"] * 2 + ["timeout"] * 2
    assert {verdict.reason for verdict in verdicts if verdict.code == "sandbox_error"} == {
        "Too many policies run at the moment; try again."
    }


def test_nobody_waits_longer_than_promised(hurried: SandboxSettings) -> None:
    impatient = replace(hurried, concurrent=1, queue_seconds=0.1, deadline_seconds=0.8)
    verdicts = at_once(2, impatient, source=ENDLESS.source)
    assert sorted(verdict.code for verdict in verdicts) == ["sandbox_error", "timeout"]


@pytest.mark.parametrize("victim", ["server", "child"])
def test_a_process_lost_between_decisions_is_replaced(victim: str, settings: SandboxSettings, cache_dir: Path) -> None:
    evaluate(APPROVING, settings)
    for pid in workers(cache_dir):
        if (os.getsid(pid) == pid) == (victim == "server"):
            os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert evaluate(APPROVING, settings).code == "approved"


@pytest.mark.parametrize("delay", [0.28, 0.29, 0.3, 0.31, 0.32])
def test_a_server_that_ends_just_when_it_is_asked_is_replaced(delay: float, settings: SandboxSettings) -> None:
    brief = replace(settings, idle_seconds=0.3)
    evaluate(APPROVING, brief)
    time.sleep(delay)
    assert evaluate(APPROVING, brief).code == "approved"


def test_a_server_without_work_ends_itself(settings: SandboxSettings, cache_dir: Path) -> None:
    brief = replace(settings, idle_seconds=0.2)
    assert evaluate(APPROVING, brief).code == "approved"
    time.sleep(0.6)
    assert {pid for pid in workers(cache_dir) if _is_running(pid)} == set()
    assert evaluate(APPROVING, brief).code == "approved"


def test_a_server_ends_with_its_host(settings: SandboxSettings, cache_dir: Path) -> None:
    child = os.fork()
    if child == 0:
        evaluate(APPROVING, settings)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 3
    while workers(cache_dir) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert workers(cache_dir) == set()


def test_a_forked_host_leaves_its_parents_processes_alone(settings: SandboxSettings) -> None:
    evaluate(APPROVING, settings)
    child = os.fork()
    if child == 0:
        code = evaluate(APPROVING, settings).code
        host.close()
        os._exit(0 if code == "approved" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert evaluate(APPROVING, settings).code == "approved"


def test_a_process_gets_nothing_of_the_hosts(
    settings: SandboxSettings, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    with Path(__file__).open() as held:
        os.set_inheritable(held.fileno(), True)
        evaluate(APPROVING, settings)
        for pid in workers(cache_dir):
            assert (Path("/proc") / str(pid) / "environ").read_bytes() == b""
            descriptors = [path.readlink() for path in (Path("/proc") / str(pid) / "fd").iterdir()]
            assert [path for path in descriptors if not str(path).startswith(("pipe:", "/dev/null"))] == []


def test_a_process_imports_the_sandbox_and_the_standard_library_alone() -> None:
    script = """
import sys
sys.path.append(sys.argv[1])
import packages_app.sandbox.answering
print(*sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"__main__"}))
"""
    bare = [sys.executable, "-I", "-S", "-B", "-c", script, str(Path(__file__).resolve().parents[3])]
    assert subprocess.run(bare, env={}, capture_output=True, text=True, check=True).stdout == "packages_app\n"


def _is_running(pid: int) -> bool:
    try:
        return ") Z " not in (Path("/proc") / str(pid) / "stat").read_text()
    except OSError:
        return False
