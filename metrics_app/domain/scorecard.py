"""All eleven metrics of one package, from its evidence: pure, complete, and never a crash."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import ModuleType

from metrics_app.domain import (
    bus_factor,
    correctness,
    license,  # noqa: A004 # the metric's name
    net_score,
    pinning,
    pull_request,
    ramp_up,
    reproducibility,
    responsive_maintainer,
    reviewedness,
    tree_score,
)
from metrics_app.domain.evidence import Evidence
from metrics_app.domain.licence_table import LicenceTable, standard_licences
from metrics_app.domain.result import METRICS, Formula, Result, Status
from metrics_app.domain.weights import Weights, standard_weights

FORMULAS = (
    bus_factor,
    responsive_maintainer,
    pull_request,
    reviewedness,
    pinning,
    license,
    correctness,
    ramp_up,
    reproducibility,
    tree_score,
    net_score,
)


def score(
    evidence: Evidence,
    *,
    weights: Weights | None = None,
    licence_table: LicenceTable | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> dict[str, Result]:
    """Every metric's result, in the order of METRICS. A scorer that raises becomes a result of status error.

    `clock` gives monotonic seconds; each result's latency is the time its own scoring took, to which callers add the
    time its evidence took to collect.
    """
    results: dict[str, Result] = {}
    for name, (formula, scorer) in _scorers(evidence, results, weights, licence_table).items():
        started = clock()
        result = _guarded(formula, scorer)
        results[name] = replace(result, latency=clock() - started)
    return results


def formula_versions() -> dict[str, int]:
    """The version that each metric's formula has now."""
    return {module.FORMULA.metric: module.FORMULA.version for module in FORMULAS}


def _scorers(
    evidence: Evidence,
    results: Mapping[str, Result],
    weights: Weights | None,
    licence_table: LicenceTable | None,
) -> dict[str, tuple[Formula, Callable[[], Result]]]:
    licences = licence_table or standard_licences()
    calls: dict[ModuleType, Callable[[], Result]] = {
        bus_factor: partial(bus_factor.score, evidence),
        responsive_maintainer: partial(responsive_maintainer.score, evidence),
        pull_request: partial(pull_request.score, evidence),
        reviewedness: partial(reviewedness.score, evidence),
        pinning: partial(pinning.score, evidence.archive),
        license: partial(license.score, evidence, licences),
        correctness: partial(correctness.score, evidence),
        ramp_up: partial(ramp_up.score, evidence.archive),
        reproducibility: partial(reproducibility.score, evidence),
        tree_score: partial(tree_score.score, evidence.parents),
        net_score: partial(net_score.score, results, weights or standard_weights()),
    }
    by_name = {module.FORMULA.metric: (module.FORMULA, call) for module, call in calls.items()}
    return {name: by_name[name] for name in METRICS}


def _guarded(formula: Formula, scorer: Callable[[], Result]) -> Result:
    try:
        return scorer()
    except Exception as error:  # noqa: BLE001 # whatever a scorer stumbles over must not end the job
        reason = f"The scorer failed: {type(error).__name__}: {error}"
        return formula.unmeasured(Status.ERROR, reason[:500])
