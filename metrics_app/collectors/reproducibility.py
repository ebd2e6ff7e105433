"""Whether a model card's code runs, found out by running it: in order, isolated, on the package's own files."""

import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from metrics_app.collectors.bubblewrap import FILES, Ended, NoSandbox, Sandbox, reachable
from metrics_app.collectors.files import CHUNK_BYTES, Member, OpenArchive
from metrics_app.domain.demonstration import ROUNDS, demonstration, repaired
from metrics_app.domain.evidence import ArchiveEvidence, Missing, ReproducibilityEvidence, Run

NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w+)|requires the (\w+) library but it was not found")
#: Where in its log a run says what ended it.
LAST_LINES = 8
NOT_SET_UP = Missing(
    "The card's code is run only by a Python that the operator names; set REGISTRY_REPRODUCIBILITY_PYTHON.",
    "unavailable",
)
M = TypeVar("M", bound=Member)


@dataclass(frozen=True)
class Demonstrations:
    """Runs cards' code, all rounds of a package within `seconds`, on packages of at most `most_bytes`."""

    sandbox: Sandbox
    seconds: float
    most_bytes: int

    def collect(self, seen: ArchiveEvidence, archive: OpenArchive[M], name: str) -> ReproducibilityEvidence | Missing:
        """The runs of the code in the card of `seen`, whose files `archive` holds under the package's `name`."""
        blocks = demonstration(seen.readme or "")
        if seen.kind != "model" or not blocks:
            return ReproducibilityEvidence(())
        size = sum(member.size for member in archive.members)
        if size > self.most_bytes:
            return _unavailable(
                f"The model has {size:,} bytes, more than REGISTRY_REPRODUCIBILITY_BYTES allows to run."
            )
        with tempfile.TemporaryDirectory(prefix="registry-model-") as folder:
            if size > shutil.disk_usage(folder).free:
                return _unavailable(f"There is no room for the model's {size:,} bytes in {tempfile.gettempdir()}.")
            try:
                self.sandbox.check()
                reachable(Path(folder))
                files = Path(folder) / "files"
                _unpack(archive, files)
                return self._rounds("\n\n".join(blocks), files, names_of(name, seen.names))
            except NoSandbox as error:
                return _unavailable(str(error))

    def _rounds(self, code: str, files: Path, names: Sequence[str]) -> ReproducibilityEvidence | Missing:
        until = time.monotonic() + self.seconds
        runs: list[Run] = []
        repairs: tuple[str, ...] = ()
        for _ in range(ROUNDS + 1):
            ended = self.sandbox.run(code, files, max(1.0, until - time.monotonic()))
            lacking = self._lacking(ended, files)
            if lacking:
                return lacking
            runs.append(Run(repairs, ended.succeeded, ended.log + _stopped(ended, self.seconds)))
            step = repaired(code, ended.log, names=names, path=FILES)
            if ended.succeeded or ended.exhausted or not step.repairs:
                break
            code, repairs = step.code, repairs + step.repairs
        return ReproducibilityEvidence(tuple(runs))

    def _lacking(self, ended: Ended, files: Path) -> Missing | None:
        """What the registry lacks to tell whether the code runs: memory, or a module that is not the package's own."""
        if ended.succeeded:
            return None
        last = "\n".join(ended.log.strip().splitlines()[-LAST_LINES:])
        if ended.exhausted == "memory" or "MemoryError" in last or "DefaultCPUAllocator: can't allocate" in last:
            return _unavailable(
                f"The card's code needs more memory than {self.sandbox.memory_bytes:,} bytes "
                "(REGISTRY_REPRODUCIBILITY_MEMORY_BYTES)."
            )
        found = NO_MODULE.search(last)
        module = (found[1] or found[2]) if found else None
        if module is None or (files / module).exists() or (files / f"{module}.py").exists():
            return None
        return _unavailable(f"The card's code needs {module}, which {self.sandbox.python} lacks; install it there.")


def names_of(name: str, others: Sequence[str]) -> tuple[str, ...]:
    """What a card may call the package: each name, and its last part; parts too short to be told from words left out."""
    every = dict.fromkeys(part for full in (name, *others) for part in (full, full.rpartition("/")[2]))
    return tuple(one for one in every if len(one) > 2)


def _unpack(archive: OpenArchive[M], into: Path) -> None:
    """Every file of `archive` below `into`, readable by all. Raises what a corrupt member raises."""
    into.mkdir()
    for member in archive.members:
        path = into / archive.path_of(member)
        if not member.is_directory and into in path.parents:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.writelines(archive.stream(member, CHUNK_BYTES))
    for path in (into, *into.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _stopped(ended: Ended, seconds: float) -> str:
    return f"\nStopped: {seconds:g} seconds were up." if ended.exhausted == "time" else ""


def _unavailable(reason: str) -> Missing:
    return Missing(reason, "unavailable")
