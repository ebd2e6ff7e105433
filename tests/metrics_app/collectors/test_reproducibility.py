"""Cards' code, really run where the machine can isolate it; where it can't, the honest answer instead."""

import io
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from metrics_app.collectors import bubblewrap
from metrics_app.collectors.archive import archive_evidence
from metrics_app.collectors.bubblewrap import NoSandbox, Sandbox
from metrics_app.collectors.files import files_of
from metrics_app.collectors.reproducibility import Demonstrations, names_of
from metrics_app.domain.evidence import Missing, ReproducibilityEvidence
from packages_app.archive import Archive
from packages_app.domain.framing import Limits
from tests.factories.archives import zipped

LIMITS = Limits(members=100, unpacked_bytes=10**8, member_bytes=10**8, ratio=10_000)
MEMORY = 512 * 1024 * 1024


def working() -> Sandbox | None:
    """A sandbox that works here, if there is one: of the system's Python or of this one."""
    for python in (Path("/usr/bin/python3"), Path(sys.executable)):
        sandbox = Sandbox(python, MEMORY)
        try:
            sandbox.check()
        except NoSandbox:
            continue
        return sandbox
    return None


SANDBOX = working()
isolated = pytest.mark.skipif(
    SANDBOX is None, reason="this machine can't isolate; test_without_a_sandbox_it_is_unavailable runs instead"
)


def runs(
    *code: str, files: Mapping[str, str] | None = None, seconds: float = 60, sandbox: Sandbox | None = SANDBOX
) -> ReproducibilityEvidence | Missing:
    """What comes of a card with these blocks of code, in a package org/model with these files."""
    card = "\n\n".join(f"```python\n{block}\n```" for block in code)
    content = {"README.md": f"# Model\n\n{card}\n", "config.json": '{"model_type": "x"}'} | dict(files or {})
    archive = Archive(io.BytesIO(zipped(content)), LIMITS)
    seen = archive_evidence(files_of(archive), kind="model")
    assert sandbox is not None
    return Demonstrations(sandbox, seconds, 10**7).collect(seen, archive, "org/model")


def ended(found: ReproducibilityEvidence | Missing) -> list[tuple[tuple[str, ...], bool]]:
    assert isinstance(found, ReproducibilityEvidence), found
    return [(run.repairs, run.succeeded) for run in found.runs]


@isolated
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (("import json", "print(json.load(open('config.json'))['model_type'])"), [((), True)]),
        (("value = print('one')", "assert value is None"), [((), True)]),
        (("print(open('/model/config.json').read())",), [((), True)]),
        (("import extra\nassert extra.ANSWER == 42",), [((), True)]),
        (("open('made here', 'w').write('x')",), [((), True)]),
        (("print(missing)",), [((), False)]),
        (("print('unended",), [((), False)]),
        (
            ("print(json.loads('1'))",),
            [((), False), (("missing import: import json",), True)],
        ),
        (
            ("open('org/model' + '/absent.json')",),
            [((), False), (("path of the model",), False)],
        ),
        (("import os; os.listdir('org/model')",), [((), False), (("path of the model",), True)]),
        (
            ("print(math.pi)", "import os; os.listdir('org/model')"),
            [
                ((), False),
                (("missing import: import math", "path of the model"), True),
            ],
        ),
    ],
)
def test_code_of_a_card(code: tuple[str, ...], expected: list[tuple[tuple[str, ...], bool]]) -> None:
    assert ended(runs(*code, files={"extra.py": "ANSWER = 42\n"})) == expected


@isolated
@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 1), timeout=2)",
        "import socket; socket.create_connection(('10.255.255.1', 80), timeout=2)",
        "open('/model/config.json', 'w')",
        "open('/usr/lib/made', 'w')",
        "open('/etc/passwd').read()",
        "import os; os.listdir('/root')",
        "import os; assert len(os.environ) > 20",
        "import os; os.kill(1, 9) or os.setuid(0)",
        "import os; assert len([name for name in os.listdir('/proc') if name.isdecimal()]) > 5",
        "import os; os.mount",
    ],
)
def test_nothing_outside_is_within_reach(attempt: str) -> None:
    assert ended(runs(attempt)) == [((), False)]


@isolated
def test_too_much_memory_is_not_the_cards_fault() -> None:
    expected = f"The card's code needs more memory than {MEMORY:,} bytes (REGISTRY_REPRODUCIBILITY_MEMORY_BYTES)."
    assert runs("data = bytearray(10**9)\nprint(len(data))") == Missing(expected, "unavailable")


@isolated
def test_memory_of_all_processes_together_counts() -> None:
    code = "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        break\ndata = b'x' * 10**8\ntime.sleep(20)"
    found = runs(f"{code}\nprint(len(data))")
    assert isinstance(found, Missing)
    assert "needs more memory" in found.reason


@isolated
def test_endless_code_is_stopped_and_fails() -> None:
    found = runs("while True:\n    print(end='')", seconds=2)
    assert ended(found) == [((), False)]
    assert isinstance(found, ReproducibilityEvidence)
    assert found.runs[0].log == "\nStopped: 2 seconds were up."


@isolated
def test_long_log_is_kept_to_its_end() -> None:
    found = runs("for number in range(100_000): print(number)")
    assert isinstance(found, ReproducibilityEvidence)
    assert (len(found.runs[0].log), found.runs[0].log[-6:]) == (bubblewrap.LOG_CHARACTERS, "99999\n")


@isolated
def test_module_that_the_environment_lacks_is_unavailable() -> None:
    assert SANDBOX is not None
    reason = f"The card's code needs transformerz, which {SANDBOX.python} lacks; install it there."
    assert runs("import transformerz.models") == Missing(reason, "unavailable")


@isolated
def test_module_that_the_package_lacks_is_its_own_fault() -> None:
    files = {"extra/__init__.py": "", "README.txt": ""}
    assert ended(runs("import extra.absent", files=files)) == [((), False)]


@isolated
def test_too_large_a_model_is_unavailable() -> None:
    found = runs("print(1)", files={"model.bin": "x" * 10_000_000})
    assert isinstance(found, Missing)
    assert found.reason.endswith("bytes, more than REGISTRY_REPRODUCIBILITY_BYTES allows to run.")


def test_card_without_code_has_nothing_to_run() -> None:
    assert runs(sandbox=Sandbox(Path("/nonexistent"), MEMORY)) == ReproducibilityEvidence(())


def test_python_that_is_none_is_unavailable() -> None:
    found = runs("print(1)", sandbox=Sandbox(Path("/nonexistent"), MEMORY))
    if shutil.which("bwrap"):
        reason = "/nonexistent (REGISTRY_REPRODUCIBILITY_PYTHON) is no Python that runs."
    else:
        reason = "The card's code is only run in isolation, and bubblewrap is not installed; install it (bwrap)."
    assert found == Missing(reason, "unavailable")


def test_without_a_sandbox_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    found = runs("print(1)", sandbox=Sandbox(Path(sys.executable), MEMORY + 1))
    reason = "The card's code is only run in isolation, and bubblewrap is not installed; install it (bwrap)."
    assert found == Missing(reason, "unavailable")


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("org/model", (), ("org/model", "model")),
        ("org/model", ("org/model", "base"), ("org/model", "model", "base")),
        ("org/xl", (), ("org/xl",)),
    ],
)
def test_names_a_card_may_use(name: str, others: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert names_of(name, others) == expected
