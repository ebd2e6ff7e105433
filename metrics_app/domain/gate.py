"""Whether an ingested package may enter, from its scores alone.

In this order: a known value under the threshold rejects; so does a net score that nothing could complete; evidence that
could not be had now makes the verdict `unavailable`, which a retry may change. What is not applicable is exempt, and
shown as exempt, unless the strict reading is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from metrics_app.domain.result import METRICS, Result, Status

THRESHOLD = 0.5


@dataclass(frozen=True)
class Verdict:
    """`failed`, `unavailable`, `exempt` and `waived` are metric names in the order of METRICS; `reasons` one a name.

    `failed` names what rejected the package, also when nothing did: then it is empty.
    """

    outcome: Literal["passed", "rejected", "unavailable"]
    failed: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


def judge(
    results: Mapping[str, Result],
    *,
    threshold: float = THRESHOLD,
    strict: bool = False,
    waived: frozenset[str] = frozenset(),
) -> Verdict:
    """The verdict on `results`. A metric without a result is unavailable; `waived` metrics are not looked at.

    Raises ValueError for a waived name that is no metric.
    """
    if waived - set(METRICS):
        raise ValueError(f"No such metric to waive: {', '.join(sorted(waived - set(METRICS)))}.")
    sorts: dict[str, list[str]] = {"failed": [], "unavailable": [], "exempt": [], "waived": [], "passed": []}
    reasons: dict[str, str] = {}
    for name in METRICS:
        sort, reason = ("waived", "") if name in waived else _sort(name, results.get(name), threshold, strict=strict)
        sorts[sort].append(name)
        if reason:
            reasons[name] = reason
    failed, unavailable = tuple(sorts["failed"]), tuple(sorts["unavailable"])
    outcome: Literal["passed", "rejected", "unavailable"] = (
        "rejected" if failed else "unavailable" if unavailable else "passed"
    )
    return Verdict(outcome, failed, unavailable, tuple(sorts["exempt"]), tuple(sorts["waived"]), reasons)


def _sort(name: str, result: Result | None, threshold: float, *, strict: bool) -> tuple[str, str]:
    if result is None:
        return "unavailable", f"{name} was not scored."
    if result.value is not None:
        if result.value >= threshold:
            return "passed", ""
        rounded = f"{result.value:.2f}"
        shown = rounded if float(rounded) < threshold else result.value
        return "failed", f"{shown} is under {threshold:g}: {result.reason}"
    if result.status in {Status.UNAVAILABLE, Status.ERROR}:
        return "unavailable", result.reason
    if strict or "insufficient_evidence" in result.flags:
        return "failed", result.reason
    return "exempt", result.reason
