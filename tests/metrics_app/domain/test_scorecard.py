from dataclasses import replace
from itertools import count

import pytest

from metrics_app.domain.evidence import Activity, ArchiveEvidence, ParentEvidence, from_archive
from metrics_app.domain.licence_table import licences_with
from metrics_app.domain.result import METRICS, Status
from metrics_app.domain.scorecard import score
from metrics_app.domain.weights import weights_with
from tests.metrics_app.domain.examples import ALL_ABSENT, ALL_UNAVAILABLE, ARCHIVE, EVIDENCE, GITHUB


def test_score_gives_every_metric_in_order() -> None:
    results = score(EVIDENCE)
    assert tuple(results) == METRICS
    assert [result.metric for result in results.values()] == list(METRICS)
    assert {result.status for result in results.values()} == {Status.MEASURED}
    assert all(result.formula_version == 1 for result in results.values())


def test_score_with_nothing_there() -> None:
    statuses = {name: (result.value, result.status.value) for name, result in score(ALL_ABSENT).items()}
    assert statuses == {
        "bus_factor": (None, "not_applicable"),
        "responsive_maintainer": (None, "not_applicable"),
        "pull_request": (None, "not_applicable"),
        "reviewedness": (None, "not_applicable"),
        "good_pinning_practice": (1.0, "vacuous"),
        "license_score": (0.0, "measured"),
        "correctness": (pytest.approx(2 / 3), "measured"),
        "ramp_up": (0.0, "measured"),
        "reproducibility": (None, "not_applicable"),
        "tree_score": (None, "not_applicable"),
        "net_score": (0.0, "measured"),
    }


def test_score_with_nothing_to_be_had() -> None:
    unavailable = [name for name, result in score(ALL_UNAVAILABLE).items() if result.status == Status.UNAVAILABLE]
    assert unavailable == ["bus_factor", "responsive_maintainer", "pull_request", "reviewedness", "net_score"]


def test_archive_without_a_link_and_with_one_nobody_followed() -> None:
    alone = score(from_archive(replace(ARCHIVE, repository=None), ParentEvidence()))
    assert alone["bus_factor"].reason == "The package links to no repository."
    assert alone["bus_factor"].status == Status.NOT_APPLICABLE
    assert "`repository` in package.json" in alone["bus_factor"].advice
    assert alone["bus_factor"].advice in alone["net_score"].advice
    linked = score(from_archive(ARCHIVE, ParentEvidence()))
    assert linked["bus_factor"].reason == "The linked repository https://github.com/org/model has not been looked at."
    assert linked["bus_factor"].status == Status.UNAVAILABLE
    assert linked["net_score"].status == Status.UNAVAILABLE


def test_scorer_that_raises_is_an_error_and_no_crash() -> None:
    broken = Activity("not a time", "nor this", archived=False, commits_90d=1, member_comments_90d=0)
    results = score(replace(EVIDENCE, github=replace(GITHUB, activity=broken)))
    found = results["responsive_maintainer"]
    assert (found.value, found.status) == (None, Status.ERROR)
    assert found.reason == "The scorer failed: ValueError: Invalid isoformat string: 'not a time'"
    assert [name for name, result in results.items() if result.status == Status.ERROR] == ["responsive_maintainer"]


def test_latency_is_told_by_the_callers_clock() -> None:
    ticks = count()
    results = score(EVIDENCE, clock=lambda: float(next(ticks)))
    assert {result.latency for result in results.values()} == {1.0}
    assert {result.latency for result in score(EVIDENCE).values()} == {0.0}


def test_operators_tables_are_used() -> None:
    strict = licences_with("[scores]\nMIT = 0")
    assert score(EVIDENCE, licence_table=strict)["net_score"].value == 0.0
    demanding = weights_with("least_known = 1")
    archive = ArchiveEvidence(kind="npm", licences=ARCHIVE.licences)
    assert score(replace(EVIDENCE, archive=archive), weights=demanding)["net_score"].flags == ("insufficient_evidence",)
