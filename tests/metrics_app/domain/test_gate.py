import pytest

from metrics_app.domain.gate import Verdict, judge
from metrics_app.domain.result import METRICS, Result, Status


def one(metric: str, value: float | None = 0.9, status: Status = Status.MEASURED, *flags: str) -> Result:
    return Result(metric, value, status, f"{metric} is so", 1, {}, flags)


def results(*changed: Result) -> dict[str, Result]:
    return {metric: one(metric) for metric in METRICS} | {result.metric: result for result in changed}


MEASURED, VACUOUS = Status.MEASURED, Status.VACUOUS
NOT_APPLICABLE, UNAVAILABLE, ERROR = Status.NOT_APPLICABLE, Status.UNAVAILABLE, Status.ERROR
INSUFFICIENT = one("net_score", None, NOT_APPLICABLE, "insufficient_evidence")
PENDING = one("net_score", None, UNAVAILABLE, "insufficient_evidence")


@pytest.mark.parametrize(
    ("changed", "outcome", "failed", "unavailable", "exempt"),
    [
        ([], "passed", (), (), ()),
        ([one("ramp_up", 0.5)], "passed", (), (), ()),
        ([one("ramp_up", 0.49)], "rejected", ("ramp_up",), (), ()),
        ([one("ramp_up", 0.0)], "rejected", ("ramp_up",), (), ()),
        ([one("good_pinning_practice", 1.0, VACUOUS)], "passed", (), (), ()),
        ([one("good_pinning_practice", 0.4, VACUOUS)], "rejected", ("good_pinning_practice",), (), ()),
        ([one("tree_score", None, NOT_APPLICABLE)], "passed", (), (), ("tree_score",)),
        ([one("bus_factor", None, UNAVAILABLE)], "unavailable", (), ("bus_factor",), ()),
        ([one("bus_factor", None, ERROR)], "unavailable", (), ("bus_factor",), ()),
        ([INSUFFICIENT], "rejected", ("net_score",), (), ()),
        ([PENDING], "unavailable", (), ("net_score",), ()),
        ([one("net_score", 0.2)], "rejected", ("net_score",), (), ()),
        ([one("bus_factor", None, UNAVAILABLE), one("ramp_up", 0.1)], "rejected", ("ramp_up",), ("bus_factor",), ()),
        ([one("bus_factor", None, UNAVAILABLE), PENDING], "unavailable", (), ("bus_factor", "net_score"), ()),
        ([one("correctness", 0.1), one("bus_factor", 0.2)], "rejected", ("bus_factor", "correctness"), (), ()),
    ],
)
def test_judge_by_status(
    changed: list[Result], outcome: str, failed: tuple[str, ...], unavailable: tuple[str, ...], exempt: tuple[str, ...]
) -> None:
    verdict = judge(results(*changed))
    assert (verdict.outcome, verdict.failed, verdict.unavailable, verdict.exempt) == (
        outcome,
        failed,
        unavailable,
        exempt,
    )
    assert set(verdict.reasons) == {*failed, *unavailable, *exempt}


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        (one("tree_score", None, NOT_APPLICABLE), "rejected"),
        (one("tree_score", None, UNAVAILABLE), "unavailable"),
        (one("tree_score", 0.5), "passed"),
    ],
)
def test_strict_reading_fails_what_is_not_applicable(changed: Result, outcome: str) -> None:
    assert judge(results(changed), strict=True).outcome == outcome


@pytest.mark.parametrize(("threshold", "outcome"), [(0.7, "passed"), (0.71, "rejected")])
def test_threshold_is_a_setting(threshold: float, outcome: str) -> None:
    assert judge(results(one("ramp_up", 0.7)), threshold=threshold).outcome == outcome


def test_waived_metrics_are_not_looked_at() -> None:
    poor = results(one("ramp_up", 0.0), one("bus_factor", None, UNAVAILABLE))
    verdict = judge(poor, waived=frozenset({"ramp_up", "bus_factor"}))
    assert verdict == Verdict("passed", waived=("bus_factor", "ramp_up"))
    assert judge(poor, waived=frozenset({"ramp_up"})).outcome == "unavailable"


def test_waiving_what_is_no_metric_is_refused() -> None:
    with pytest.raises(ValueError, match="No such metric to waive: charm"):
        judge(results(), waived=frozenset({"charm"}))


def test_metric_without_a_result_is_unavailable() -> None:
    known = results()
    del known["license_score"]
    assert judge(known).unavailable == ("license_score",)


@pytest.mark.parametrize(("value", "shown"), [(0.2, "0.20"), (1 / 3, "0.33"), (0.4999, "0.4999")])
def test_reason_names_value_and_threshold(value: float, shown: str) -> None:
    assert judge(results(one("ramp_up", value))).reasons == {"ramp_up": f"{shown} is under 0.5: ramp_up is so"}
