"""What operators may say about the layers around policies, and what the sandbox is told."""

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from packages_app.limits import sandbox_limits, trial_limits
from registry_project.settings import some_of

KNOWN = ("one", "two", "three")


@pytest.mark.parametrize(
    ("value", "chosen"),
    [(None, ["two"]), ("", ["two"]), ("one three", ["one", "three"]), ("one,three", ["one", "three"]), ("none", [])],
)
def test_some_of_what_is_known_is_chosen(value: str | None, chosen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if value is not None:
        monkeypatch.setenv("REGISTRY_CHOICE", value)
    assert some_of("REGISTRY_CHOICE", KNOWN, "two") == chosen


@pytest.mark.parametrize("value", ["four", "one four", "none one"])
def test_what_is_unknown_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_CHOICE", value)
    with pytest.raises(ImproperlyConfigured, match=r"REGISTRY_CHOICE takes one, two, three or none, not (four|none)\."):
        some_of("REGISTRY_CHOICE", KNOWN, "two")


def test_sandbox_is_told_what_the_operator_said(settings: LazySettings) -> None:
    settings.POLICY_SECONDS, settings.POLICY_CONCURRENT, settings.POLICY_LOCKDOWN = 7, 4, ["landlock"]
    limits = sandbox_limits()
    assert (limits.deadline_seconds, limits.concurrent, limits.required_lockdown) == (
        7.0,
        4,
        frozenset({"landlock"}),
    )
    assert limits != trial_limits()  # equal ones would share their places
