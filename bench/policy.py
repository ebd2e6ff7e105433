"""How long a policy's decision takes: `python -m bench.policy [rounds]`.

Prints p50 and p95 of decisions by a new process and by a fork server, as ratios to what each can't be quicker than,
measured in the same rounds: starting a bare interpreter, and forking one.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from packages_app.sandbox import host
from packages_app.sandbox.requests import PolicyRequest
from packages_app.sandbox.settings import SandboxSettings

SOURCE = """
const BLOCKED = ["mallory", "eve"];
function validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH) {
  const hour = new Date().getHours();
  if (BLOCKED.includes(DOWNLOADER)) return { approved: false, reason: "blocked" };
  if (hour < 6) return { approved: false, reason: "Downloads open at six." };
  return { approved: ZIP_PATH.endsWith(".zip") && /^[a-z0-9-]+$/.test(MODEL_NAME) };
}
module.exports = { validateDownload };
"""


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        warm = SandboxSettings(cache_dir=Path(directory) / "engine")
        cold = replace(warm, warm=False)
        host.prepare(warm)
        decide(cold)
        decide(warm)
        measured: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, action in {
                "start": start_interpreter,
                "cold": lambda: decide(cold),
                "fork": fork,
                "warm": lambda: decide(warm),
            }.items():
                measured.setdefault(name, []).append(milliseconds(action))
        host.close()
    report("a bare interpreter", measured["start"], measured["start"])
    report("cold decision", measured["cold"], measured["start"])
    report("a bare fork", measured["fork"], measured["fork"])
    report("warm decision", measured["warm"], measured["fork"])


def decide(settings: SandboxSettings) -> None:
    now = datetime(2025, 7, 1, 12, tzinfo=UTC)
    asked = PolicyRequest(SOURCE, "bert-base", "alice", "bob", "bert-base/1.0.0/package.zip", now, "Europe/Berlin")
    verdict = host.evaluate(asked, settings)
    assert verdict.approved, verdict


def start_interpreter() -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], env={}, check=True)


def fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def milliseconds(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def report(name: str, times: list[float], floor: list[float]) -> None:
    (median, late), (floor_median, floor_late) = percentiles(times), percentiles(floor)
    print(
        f"{name:20} p50 {median:7.1f} ms ({median / floor_median:5.1f} x)   "
        f"p95 {late:7.1f} ms ({late / floor_late:5.1f} x)"
    )


def percentiles(times: list[float]) -> tuple[float, float]:
    """The 50th and the 95th."""
    hundredths = quantiles(times, n=100, method="inclusive")
    return hundredths[49], hundredths[94]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
