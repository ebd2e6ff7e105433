import pytest

from metrics_app.domain.result import Formula, Result, Status

FORMULA = Formula("ramp_up", 3)


def test_result_on_the_wire_is_the_value_or_minus_one() -> None:
    assert FORMULA.measured(0.25, "some", evidence={}).wire == 0.25
    assert FORMULA.vacuous(1.0, "none", evidence={}).wire == 1.0
    assert FORMULA.unmeasured(Status.UNAVAILABLE, "down").wire == -1.0


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (None, Status.MEASURED),
        (None, Status.VACUOUS),
        (0.0, Status.NOT_APPLICABLE),
        (0.5, Status.UNAVAILABLE),
        (1.0, Status.ERROR),
        (1.01, Status.MEASURED),
        (-1.0, Status.MEASURED),
        (float("nan"), Status.MEASURED),
    ],
)
def test_result_refuses_a_value_that_its_status_denies(value: float | None, status: Status) -> None:
    with pytest.raises(ValueError, match="can't be"):
        Result("ramp_up", value, status, "", 1)
