"""How trustworthy the package is, all in all.

    0, if license_score is 0
    sum of weight x value / sum of weight, over the metrics that are measured or vacuous, otherwise

Range 0 to 1. Under 60 % of the weight known there is no score (`insufficient_evidence`): not applicable where no retry
could change that, unavailable where evidence that could not be had now would. The review weight counts once, for
pull_request or else reviewedness. tree_score stays out, so cycles in declared lineage can't matter.
Source: the registry's own definition; weights in tables/weights.toml.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from metrics_app.domain.codec import JSON
from metrics_app.domain.result import Formula, Result, Status
from metrics_app.domain.weights import REVIEW, Weights

FORMULA = Formula("net_score", version=1)


def score(results: Mapping[str, Result], weights: Weights) -> Result:
    """The net score of the other metrics' `results`; those missing count as not applicable."""
    parts = {name: _part(name, results) for name in weights.weights}
    known = {name: part.value for name, part in parts.items() if part is not None and part.value is not None}
    weight = sum(weights.weights[name] for name in known)
    total = sum(weights.weights.values())
    evidence: dict[str, JSON] = {
        "weights": dict(weights.weights),
        "table": weights.table,
        "values": known,
        "known_weight": round(weight / total, 6),
        "least_known_weight": weights.least_known,
    }
    licence = results.get("license_score")
    if licence is not None and licence.value == 0:
        return FORMULA.measured(
            0.0,
            "The licence can't be used with LGPL-2.1-only, which rules the package out.",
            evidence=evidence | {"license_score": 0},
            flags=("licence_incompatible",),
            advice=licence.advice,
        )
    if weight / total < weights.least_known or not weight:
        return _insufficient(parts, weight / total, weights, evidence)
    value = sum(weights.weights[name] * number for name, number in known.items()) / weight
    return FORMULA.measured(
        min(1.0, value),
        f"Weighted mean of {len(known)} metrics that hold {weight / total:.0%} of the weight.",
        evidence=evidence,
        advice=_advice(parts, weights),
    )


def _part(name: str, results: Mapping[str, Result]) -> Result | None:
    """The result that the weight `name` stands for: for "review" the first known of the two, else one to retry."""
    if name != "review":
        return results.get(name)
    both = [results[metric] for metric in REVIEW if metric in results]
    known = [result for result in both if result.value is not None]
    retryable = [result for result in both if result.status in {Status.UNAVAILABLE, Status.ERROR}]
    return next(iter(known + retryable + both), None)


def _insufficient(
    parts: Mapping[str, Result | None], known: float, weights: Weights, evidence: Mapping[str, JSON]
) -> Result:
    pending = [name for name, part in parts.items() if part and part.status in {Status.UNAVAILABLE, Status.ERROR}]
    reachable = known + sum(weights.weights[name] for name in pending) / sum(weights.weights.values())
    retry = bool(pending) and reachable >= weights.least_known
    reason = f"Only {known:.0%} of the weight could be measured, less than the {weights.least_known:.0%} it takes."
    status = Status.UNAVAILABLE if retry else Status.NOT_APPLICABLE
    result = FORMULA.unmeasured(status, reason, evidence=evidence, advice=_what_is_missing(parts, pending))
    return replace(result, flags=("insufficient_evidence",))


def _what_is_missing(parts: Mapping[str, Result | None], pending: Collection[str]) -> str:
    """Name the metrics that could be measured yet, and how, as far as they say so."""
    unknown = {name: part for name, part in parts.items() if part is not None and part.value is None}
    reachable = [part for name, part in unknown.items() if name in pending or part.advice]
    if not reachable:
        return ""
    hints = dict.fromkeys(part.advice for part in reachable if part.advice)
    return " ".join([f"Make these measurable: {', '.join(part.metric for part in reachable)}.", *hints])


def _advice(parts: Mapping[str, Result | None], weights: Weights) -> str:
    """Name the metric whose rise to 1 would move the net score most."""
    lost = {
        name: weights.weights[name] * (1 - part.value)
        for name, part in parts.items()
        if part is not None and part.value is not None
    }
    worst = max(lost, key=lambda name: lost[name])
    part = parts[worst]
    if lost[worst] == 0 or part is None:
        return ""
    return f"Most is lost in {part.metric}. {part.advice}".strip()
