"""How long searches take: `python -m bench.search [packages]`, a million by default.

Starts a registry of its own, fills it, and prints the p50 and p95 of one client's searches over HTTP, each with its ratio
to a bare view of the same server, measured in the same rounds.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from bench.registry import QUOTAS, Caller
from bench.shelf import fill
from tests.flows.conftest import start_registry, stop_registry

ROUNDS = 60


def measure(caller: Caller, names: list[str]) -> None:
    def search(path: str = "/packages", **criteria: object) -> Callable[[int], object]:
        return lambda _: caller.call("POST", path, criteria)

    def part(number: int) -> object:
        name = names[number * 7919 % len(names)]
        return caller.call("POST", "/packages", {"name": name.rpartition("/")[2][:12]})

    searches = {
        "a bare view": lambda _: caller.call("GET", "/health/live"),
        "part of a name": part,
        "part of many names": search(name="bert"),
        "a name that is not there": search(name="zzzyx"),
        "all": search(),
        "all, by downloads": search(sort="downloads"),
        "all, by score": search(sort="score"),
        "a range of versions": search(version="^2.3.0"),
        "a range of versions of a name": search(version="~1.2.0", name="llama-7b"),
        "a regular expression": search(regex="whisper-(small|large)-7b-[a-m]+$"),
        "words": search(query="german sentiment"),
        "score and license": search(min_net_score=0.9, license="MIT"),
        "the newest of each name": search(newest_only=True),
        "the newest of many names": search(newest_only=True, name="bert"),
        "a page far down": search("/packages?offset=900"),
    }
    measured: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        for what, action in searches.items():
            started = time.perf_counter()
            action(number)
            measured.setdefault(what, []).append(1000 * (time.perf_counter() - started))
    floor = quantiles(measured["a bare view"], n=20)[9]
    for what, times in measured.items():
        cut = quantiles(times, n=20)
        sys.stdout.write(f"{what:32} p50 {cut[9]:8.2f} ms  p95 {cut[18]:8.2f} ms  {cut[9] / floor:6.1f} x\n")


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        registry = start_registry(Path(directory), **QUOTAS)
        try:
            names = fill(registry.data_dir, count)
            sys.stdout.write(f"{count:,} packages\n")
            measure(Caller(registry.url, registry.admin.token), names)
        finally:
            stop_registry(registry)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
