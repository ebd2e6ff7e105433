from dataclasses import replace

import pytest

from metrics_app.domain.net_score import score
from metrics_app.domain.result import Result, Status
from metrics_app.domain.weights import standard_weights

WEIGHTS = standard_weights()
NAMES = (
    "responsive_maintainer",
    "bus_factor",
    "pull_request",
    "correctness",
    "ramp_up",
    "good_pinning_practice",
    "reproducibility",
)


def result(metric: str, value: float | None, status: Status = Status.MEASURED) -> Result:
    return Result(metric, value, status, "", 1)


def card(values: dict[str, float | None], status: Status = Status.NOT_APPLICABLE) -> dict[str, Result]:
    """Results of `values`, those that are None with `status`."""
    return {
        name: result(name, value, Status.MEASURED if value is not None else status) for name, value in values.items()
    }


FULL: dict[str, float | None] = dict.fromkeys((*NAMES, "license_score"), 1.0)


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ({}, 1.0),
        ({"responsive_maintainer": 0.0}, 0.8),
        ({"bus_factor": 0.0}, 0.85),
        ({"pull_request": 0.0}, 0.85),
        ({"correctness": 0.0}, 0.85),
        ({"ramp_up": 0.0}, 0.85),
        ({"good_pinning_practice": 0.0}, 0.9),
        ({"reproducibility": 0.0}, 0.9),
        ({"license_score": 0.5}, 1.0),
        ({"license_score": 0.0}, 0.0),
        ({"tree_score": 0.0}, 1.0),
        # Unknown is not zero: the rest is divided by the rest of the weight.
        ({"reproducibility": None, "bus_factor": 0.5}, (0.9 - 0.15 * 0.5) / 0.9),
        # Review counts once, the pull request's first.
        ({"reviewedness": 0.0}, 1.0),
        ({"pull_request": None, "reviewedness": 0.0}, 0.85),
        ({"pull_request": None, "reviewedness": None}, 1.0),
        # Exactly 60 % known.
        ({"responsive_maintainer": None, "good_pinning_practice": None, "reproducibility": None}, 1.0),
    ],
)
def test_net_score_is_the_weighted_mean_of_what_is_known(changed: dict[str, float | None], value: float) -> None:
    assert score(card(FULL | changed), WEIGHTS).value == pytest.approx(value)


def test_vacuous_values_count() -> None:
    results = card(FULL) | {"good_pinning_practice": result("good_pinning_practice", 0.0, Status.VACUOUS)}
    assert score(results, WEIGHTS).value == pytest.approx(0.9)


ARCHIVE_ALONE = FULL | dict.fromkeys(("responsive_maintainer", "bus_factor", "pull_request", "reproducibility"), None)


@pytest.mark.parametrize(
    ("values", "status", "expected"),
    [
        (ARCHIVE_ALONE, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE),
        (ARCHIVE_ALONE, Status.UNAVAILABLE, Status.UNAVAILABLE),
        (ARCHIVE_ALONE, Status.ERROR, Status.UNAVAILABLE),
        (dict.fromkeys(NAMES), Status.NOT_APPLICABLE, Status.NOT_APPLICABLE),
        ({}, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE),
    ],
)
def test_too_little_evidence_gives_no_score(values: dict[str, float | None], status: Status, expected: Status) -> None:
    found = score(card(values, status), WEIGHTS)
    assert (found.value, found.status, found.flags) == (None, expected, ("insufficient_evidence",))


def test_too_little_evidence_says_what_could_be_had() -> None:
    results = card(ARCHIVE_ALONE, Status.NOT_APPLICABLE)
    results["bus_factor"] = replace(results["bus_factor"], advice="Link to the source.")
    results["pull_request"] = replace(results["pull_request"], advice="Link to the source.")
    results["reproducibility"] = replace(results["reproducibility"], status=Status.UNAVAILABLE)
    said = "Make these measurable: bus_factor, pull_request, reproducibility. Link to the source."
    assert score(results, WEIGHTS).advice == said
    assert score(card(ARCHIVE_ALONE, Status.NOT_APPLICABLE), WEIGHTS).advice == ""


def test_waiting_is_pointless_where_the_pending_would_not_suffice() -> None:
    values = dict.fromkeys(NAMES) | {"correctness": 1.0}
    results = card(values) | {"ramp_up": result("ramp_up", None, Status.UNAVAILABLE)}
    assert score(results, WEIGHTS).status == Status.NOT_APPLICABLE


def test_incompatible_licence_rules_out_even_with_little_evidence() -> None:
    found = score(card(ARCHIVE_ALONE | {"license_score": 0.0}), WEIGHTS)
    assert (found.value, found.status, found.flags) == (0.0, Status.MEASURED, ("licence_incompatible",))


def test_evidence_is_enough_to_recompute() -> None:
    found = score(card(FULL | {"bus_factor": None, "ramp_up": 0.4}), WEIGHTS)
    values = found.evidence["values"]
    assert values == {
        "responsive_maintainer": 1.0,
        "review": 1.0,
        "correctness": 1.0,
        "ramp_up": 0.4,
        "good_pinning_practice": 1.0,
        "reproducibility": 1.0,
    }
    assert found.evidence["known_weight"] == 0.85
    assert found.evidence["weights"] == dict(WEIGHTS.weights)
