import pytest

from metrics_app.domain.evidence import Parent, ParentEvidence
from metrics_app.domain.result import Status
from metrics_app.domain.tree_score import score


@pytest.mark.parametrize(
    ("scores", "value", "status", "flags"),
    [
        ([], None, Status.NOT_APPLICABLE, ()),
        ([None], None, Status.UNAVAILABLE, ()),
        ([None, None], None, Status.UNAVAILABLE, ()),
        ([0.8], 0.8, Status.MEASURED, ()),
        ([0.0], 0.0, Status.MEASURED, ()),
        ([0.4, 0.8], 0.6, Status.MEASURED, ()),
        ([0.4, None, 0.8], 0.6, Status.MEASURED, ("parents_rated: 2/3",)),
    ],
)
def test_tree_score(scores: list[float | None], value: float | None, status: Status, flags: tuple[str, ...]) -> None:
    result = score(ParentEvidence(tuple(Parent(f"org/{number}", one) for number, one in enumerate(scores))))
    assert result.value == (None if value is None else pytest.approx(value))
    assert (result.status, result.flags) == (status, flags)
