"""Long lists are counted only as far as anybody leafs."""

import pytest

from accounts_app import long_lists
from accounts_app.long_lists import CappedPaginator
from accounts_app.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rows", "counted"), [(0, 0), (3, 3), (7, 5)])
def test_lists_are_counted_to_a_cap(monkeypatch: pytest.MonkeyPatch, rows: int, counted: int) -> None:
    monkeypatch.setattr(long_lists, "_COUNTED", 5)
    UserFactory.create_batch(rows)
    assert CappedPaginator(User.objects.order_by("username"), 2).count == counted


def test_lists_in_memory_are_counted() -> None:
    assert CappedPaginator([1, 2, 3], 2).count == 3
