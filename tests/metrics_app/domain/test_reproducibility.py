from dataclasses import replace

import pytest

from metrics_app.domain.evidence import ArchiveEvidence, Missing, ReproducibilityEvidence, Run
from metrics_app.domain.reproducibility import score
from metrics_app.domain.result import Status
from tests.metrics_app.domain.examples import ABSENT, ARCHIVE, EVIDENCE, UNAVAILABLE

FAILED, REPAIRED = Run((), succeeded=False), Run(("device: cpu",), succeeded=True)
STILL_FAILED = Run(("device: cpu",), succeeded=False)
NO_CODE = replace(ARCHIVE, readme="# Card")


@pytest.mark.parametrize(
    ("runs", "value"),
    [
        ((Run((), succeeded=True),), 1.0),
        ((FAILED, REPAIRED), 0.5),
        ((FAILED, STILL_FAILED, REPAIRED), 0.5),
        ((FAILED,), 0.0),
        ((FAILED, STILL_FAILED), 0.0),
        ((), 0.0),
    ],
)
def test_score_by_runs(runs: tuple[Run, ...], value: float) -> None:
    result = score(replace(EVIDENCE, reproducibility=ReproducibilityEvidence(runs)))
    assert (result.value, result.status) == (value, Status.MEASURED)


@pytest.mark.parametrize(
    ("archive", "seen", "value", "status"),
    [
        (replace(ARCHIVE, kind="npm"), UNAVAILABLE, None, Status.NOT_APPLICABLE),
        (NO_CODE, UNAVAILABLE, 0.0, Status.MEASURED),
        (replace(ARCHIVE, readme=None), UNAVAILABLE, 0.0, Status.MEASURED),
        (ARCHIVE, UNAVAILABLE, None, Status.UNAVAILABLE),
        (ARCHIVE, ABSENT, None, Status.NOT_APPLICABLE),
    ],
)
def test_status_without_runs(archive: ArchiveEvidence, seen: Missing, value: float | None, status: Status) -> None:
    result = score(replace(EVIDENCE, archive=archive, reproducibility=seen))
    assert (result.value, result.status) == (value, status)
