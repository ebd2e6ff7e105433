"""What a metric answers: a value or none, and why.

Unknown is not zero: a result without a value has a status that says what kind of unknown it is, and travels as -1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import Missing

METRICS = (
    "bus_factor",
    "responsive_maintainer",
    "pull_request",
    "reviewedness",
    "good_pinning_practice",
    "license_score",
    "correctness",
    "ramp_up",
    "reproducibility",
    "tree_score",
    "net_score",
)


class Status(StrEnum):
    MEASURED = "measured"
    VACUOUS = "vacuous"
    NOT_APPLICABLE = "not_applicable"
    UNAVAILABLE = "unavailable"
    ERROR = "error"


@dataclass(frozen=True)
class Result:
    """One metric of one package: `value` in [0, 1] exactly when measured or vacuous, else None; `latency` in seconds.

    `evidence` is small and explains the value, `advice` is one sentence on what would raise it.
    """

    metric: str
    value: float | None
    status: Status
    reason: str
    formula_version: int
    evidence: Mapping[str, JSON] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    advice: str = ""
    latency: float = 0.0

    def __post_init__(self) -> None:
        known = self.status in {Status.MEASURED, Status.VACUOUS}
        if known != (self.value is not None) or (self.value is not None and not 0 <= self.value <= 1):
            raise ValueError(f"{self.metric} can't be {self.status} with the value {self.value}.")

    @property
    def wire(self) -> float:
        """The value as the API writes it: -1 for none."""
        return -1.0 if self.value is None else self.value


def told(results: Mapping[str, Result]) -> dict[str, JSON]:
    """Scores of what is not kept, as the API tells them of a package."""
    return {
        name: {
            "value": result.wire,
            "status": result.status.value,
            "reason": result.reason,
            "evidence": result.evidence,
            "flags": list(result.flags),
            "latency": result.latency,
            "formula_version": result.formula_version,
            "advice": result.advice,
        }
        for name, result in results.items()
    }


@dataclass(frozen=True)
class Formula:
    """The name and version that every result of one metric carries."""

    metric: str
    version: int

    def measured(
        self,
        value: float,
        reason: str,
        *,
        evidence: Mapping[str, JSON],
        flags: tuple[str, ...] = (),
        advice: str = "",
    ) -> Result:
        return Result(self.metric, value, Status.MEASURED, reason, self.version, evidence, flags, advice)

    def vacuous(self, value: float, reason: str, *, evidence: Mapping[str, JSON]) -> Result:
        return Result(self.metric, value, Status.VACUOUS, reason, self.version, evidence)

    def unmeasured(
        self, status: Status, reason: str, *, evidence: Mapping[str, JSON] | None = None, advice: str = ""
    ) -> Result:
        return Result(self.metric, None, status, reason, self.version, evidence or {}, (), advice)

    def missing(self, missing: Missing) -> Result:
        """The result for evidence that is not there: absent is not applicable, unavailable stays unavailable."""
        status = Status.NOT_APPLICABLE if missing.kind == "absent" else Status.UNAVAILABLE
        return self.unmeasured(status, missing.reason, advice=missing.advice)
