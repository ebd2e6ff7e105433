"""Scores of a package: computed from evidence, kept with it, replayed from it."""

import time
from collections.abc import Mapping
from dataclasses import replace

from metrics_app.domain import scorecard
from metrics_app.domain.evidence import Evidence
from metrics_app.domain.result import Result
from metrics_app.models import CollectedEvidence, Score
from metrics_app.tables import licence_table, weights
from packages_app.models import Package


def measure(evidence: Evidence, *, collecting_seconds: Mapping[str, float] | None = None) -> dict[str, Result]:
    """All metrics of `evidence`; each latency is its scoring plus the seconds its evidence took to collect."""
    results = scorecard.score(evidence, weights=weights(), licence_table=licence_table(), clock=time.perf_counter)
    spent = collecting_seconds or {}
    return {name: replace(result, latency=result.latency + spent.get(name, 0)) for name, result in results.items()}


def store_scores(package: Package, evidence: Evidence, results: Mapping[str, Result]) -> None:
    """Put `results` and what they came from in place of earlier ones. Joins the caller's transaction."""
    CollectedEvidence.objects.bulk_create(
        [CollectedEvidence(package=package, evidence=evidence.to_json())],
        update_conflicts=True,
        unique_fields=["package"],
        update_fields=["evidence"],
    )
    Score.objects.filter(package=package).delete()
    table = weights()
    Score.objects.bulk_create(
        Score(
            package=package,
            metric=name,
            value=result.value,
            status=result.status.value,
            reason=result.reason,
            evidence=dict(result.evidence),
            flags=list(result.flags),
            advice=result.advice,
            weight=table.of(name),
            latency=result.latency,
            formula_version=result.formula_version,
        )
        for name, result in results.items()
    )


def evidence_of(package: Package) -> Evidence | None:
    """What was collected of a package; None when nothing was, or in a form that is no longer read."""
    stored = CollectedEvidence.objects.filter(package=package).first()
    if stored is None:
        return None
    try:
        return Evidence.from_json(stored.evidence)
    except ValueError:
        return None
