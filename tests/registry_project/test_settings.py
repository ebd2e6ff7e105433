"""Readers of the environment, which fail loudly."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry_project.settings import database, fraction


@pytest.mark.parametrize(("value", "expected"), [("", 0.5), ("0", 0.0), ("1", 1.0), (" .75 ", 0.75)])
def test_fraction_is_read(monkeypatch: pytest.MonkeyPatch, value: str, expected: float) -> None:
    monkeypatch.setenv("REGISTRY_GATE_THRESHOLD", value)
    assert fraction("REGISTRY_GATE_THRESHOLD", 0.5) == expected


@pytest.mark.parametrize("value", ["-0.1", "1.1", "half", "nan", "inf", "0,5"])
def test_anything_else_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REGISTRY_GATE_THRESHOLD", value)
    with pytest.raises(ImproperlyConfigured, match="REGISTRY_GATE_THRESHOLD must be a number from 0 to 1"):
        fraction("REGISTRY_GATE_THRESHOLD", 0.5)


@pytest.mark.parametrize(
    "url", ["here", "mysql://registry:hunter2@here/registry", "postgresql://here/registry?hunter2=1"]
)
def test_an_address_of_no_postgresql_stops_the_start_without_showing_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL must be the address of a PostgreSQL") as refused:
        database(url, None)
    assert "hunter2" not in str(refused.value)
