"""What is collected of a model on the Hugging Face Hub, over HTTP by the Hub's own client."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from huggingface_hub import HfApi, set_client_factory
from huggingface_hub.utils._http import default_client_factory

from metrics_app.collectors import hub as hub_module
from metrics_app.collectors.hub import DISCUSSIONS, Hub
from metrics_app.collectors.outages import Outages
from metrics_app.domain.evidence import Activity, HubEvidence, Missing, Thread
from packages_app.sources.huggingface import reach_hub_by
from tests.servers.hub_community import Community, Model, Said, hub_community

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def community(monkeypatch: pytest.MonkeyPatch) -> Iterator[Community]:
    monkeypatch.setattr(hub_module, "FIRST_WAIT", 0.01)
    set_client_factory(default_client_factory)  # whatever way the process went to the Hub before
    reach_hub_by.cache_clear()
    with hub_community() as started:
        started.models["org/model"] = Model()
        yield started


@pytest.fixture
def hub(community: Community, tmp_path: Path) -> Hub:
    return Hub(HfApi(endpoint=community.url, token=False), False, Outages(tmp_path, 60), 20, lambda: NOW)


def test_bare_model(hub: Hub) -> None:
    activity = Activity(
        "2026-06-01T00:00:00Z", "2020-01-01T00:00:00Z", archived=False, commits_90d=0, member_comments_90d=0
    )
    assert hub.collect("org/model", "main") == HubEvidence("org/model", "main", activity)


def test_commits_of_ninety_days_but_those_of_programs(hub: Hub, community: Community) -> None:
    community.models["org/model"].commits = [
        ("ada", "2026-05-30T00:00:00.000Z"),
        ("ben", "2026-05-01T00:00:00.000Z"),
        ("SFconvertbot", "2026-04-30T00:00:00.000Z"),
        ("ada", "2026-03-04T00:00:00.000Z"),
        ("ada", "2026-03-02T00:00:00.000Z"),
    ]
    found = hub.collect("org/model", "main")
    assert isinstance(found, HubEvidence)
    assert found.activity.commits_90d == 3
    assert community.asked.count("/api/models/org/model/commits/main") == 3


def test_discussions_are_threads_and_members_comments_are_counted(hub: Hub, community: Community) -> None:
    community.models["org/model"].commits = [("ada", "2024-05-30T00:00:00.000Z")]
    community.models["org/model"].discussions = [
        ("ben", "2025-01-01T00:00:00.000Z", [Said("ben", "2025-01-01T00:00:00.000Z")]),
        (
            "ben",
            "2026-01-01T00:00:00.000Z",
            [
                Said("ben", "2026-01-01T00:00:00.000Z"),
                Said("librarian-bot", "2026-01-02T00:00:00.000Z"),
                Said("ben", "2026-01-03T00:00:00.000Z"),
                Said("ada", "2026-04-04T00:00:00.000Z"),
                Said("org", "2026-04-05T00:00:00.000Z"),
            ],
        ),
        ("parquet-converter", "2026-02-01T00:00:00.000Z", [Said("ada", "2026-02-03T00:00:00.000Z")]),
        ("eve", "2026-05-01T00:00:00.000Z", [Said("eve", "2026-05-01T00:00:00.000Z")]),
    ]
    found = hub.collect("org/model", "main")
    assert isinstance(found, HubEvidence)
    assert found.activity.member_comments_90d == 2
    assert found.activity.threads == (
        Thread(4, "2026-05-01T00:00:00Z", None),
        Thread(2, "2026-01-01T00:00:00Z", "2026-04-04T00:00:00Z"),
    )


def test_only_the_newest_discussions_are_looked_at(hub: Hub, community: Community) -> None:
    community.models["org/model"].discussions = [("eve", "2026-05-01T00:00:00.000Z", [])] * (DISCUSSIONS + 5)
    found = hub.collect("org/model", "main")
    assert isinstance(found, HubEvidence)
    assert [thread.number for thread in found.activity.threads] == list(range(DISCUSSIONS + 5, 5, -1))


def test_model_without_discussions(hub: Hub, community: Community) -> None:
    community.models["org/model"].discusses = False
    found = hub.collect("org/model", "main")
    assert isinstance(found, HubEvidence)
    assert found.activity.threads == ()


@pytest.mark.parametrize("trouble", [(429, {"Retry-After": "0"}), (500, {}), (503, {})])
def test_passing_trouble_is_waited_out(hub: Hub, community: Community, trouble: tuple[int, dict[str, str]]) -> None:
    community.trouble = [trouble, trouble]
    assert isinstance(hub.collect("org/model", "main"), HubEvidence)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ((429, {"Retry-After": "600"}), "The Hub is busy or limits its callers (HTTP 429); retry later."),
        ((418, {}), "The Hub answered HTTP 418 for org/model."),
    ],
)
def test_lasting_trouble_is_unavailable_at_once(
    hub: Hub, community: Community, trouble: tuple[int, dict[str, str]], reason: str
) -> None:
    community.trouble = [trouble]
    assert hub.collect("org/model", "main") == Missing(reason, "unavailable")
    assert len(community.asked) == 1


@pytest.mark.parametrize(
    ("access", "has_token", "reason"),
    [
        (
            "gated",
            False,
            "org/model is gated; set HF_TOKEN, and accept its licence there with the account of HF_TOKEN.",
        ),
        ("gated", True, "org/model is gated; accept its licence there with the account of HF_TOKEN."),
        ("private", False, "The Hub has no model org/model that everybody may see; if it is private, set HF_TOKEN."),
        ("private", True, "The Hub has no model org/model that HF_TOKEN may see."),
    ],
)
def test_gated_and_private_models_say_so(
    hub: Hub, community: Community, access: str, has_token: bool, reason: str
) -> None:
    community.models["org/model"].access = access
    assert replace(hub, has_token=has_token).collect("org/model", "main") == Missing(reason, "unavailable")


def test_token_opens_a_private_model(hub: Hub, community: Community) -> None:
    community.models["org/model"].access = "private"
    knowing = replace(hub, api=HfApi(endpoint=community.url, token="good"), has_token=True)
    assert isinstance(knowing.collect("org/model", "main"), HubEvidence)


def test_hub_that_is_down_is_remembered(hub: Hub) -> None:
    silent = replace(hub, api=HfApi(endpoint="http://127.0.0.1:1", token=False))
    first, second = (silent.collect("org/model", "main") for _ in range(2))
    assert isinstance(first, Missing)
    assert (first.reason[:30], first.kind) == ("The Hub could not be reached: ", "unavailable")
    assert second == Missing(f"{first.reason} Tried 0 seconds ago.", "unavailable")


def test_slow_hub_is_unavailable(hub: Hub) -> None:
    reason = "The Hub took more than -1 seconds (REGISTRY_HUB_SECONDS)."
    assert replace(hub, seconds=-1).collect("org/model", "main") == Missing(reason, "unavailable")
