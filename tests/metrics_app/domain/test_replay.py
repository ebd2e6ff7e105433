"""Stored evidence gives every metric's result again, to the letter."""

import json
from dataclasses import replace

import pytest

from metrics_app.domain.evidence import Evidence, ParentEvidence, from_archive
from metrics_app.domain.result import METRICS
from metrics_app.domain.scorecard import score
from tests.metrics_app.domain.examples import ABSENT, ALL_ABSENT, ALL_UNAVAILABLE, ARCHIVE, EVIDENCE, HUB, UNAVAILABLE

CASES = {
    "everything": EVIDENCE,
    "nothing there": ALL_ABSENT,
    "nothing to be had": ALL_UNAVAILABLE,
    "archive alone": from_archive(ARCHIVE, ParentEvidence()),
    "hub alone": replace(EVIDENCE, git=ABSENT, github=ABSENT),
    "hub without its history": replace(EVIDENCE, git=ABSENT, github=ABSENT, hub=replace(HUB, history=UNAVAILABLE)),
}


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("evidence", CASES.values(), ids=CASES.keys())
def test_stored_evidence_replays_to_the_same_result(evidence: Evidence, metric: str) -> None:
    stored = json.dumps(evidence.to_json())
    replayed = Evidence.from_json(json.loads(stored))
    assert replayed == evidence
    assert score(replayed)[metric] == score(evidence)[metric]


@pytest.mark.parametrize("data", [None, [], {}, {"archive": {"kind": "elf"}}, "text"])
def test_from_json_refuses_what_is_no_evidence(data: object) -> None:
    with pytest.raises(ValueError, match="stored evidence"):
        Evidence.from_json(data)


def test_from_json_reads_evidence_of_a_newer_version() -> None:
    data = json.loads(json.dumps(EVIDENCE.to_json()))
    data["archive"]["colour"] = "blue"
    assert Evidence.from_json(data) == EVIDENCE


@pytest.mark.parametrize(("repository", "kind"), [(None, "absent"), ("https://github.com/org/model", "unavailable")])
def test_from_archive_tells_absent_from_unavailable(repository: str | None, kind: str) -> None:
    evidence = from_archive(replace(ARCHIVE, repository=repository), ParentEvidence())
    assert {getattr(evidence.git, "kind", ""), getattr(evidence.github, "kind", "")} == {kind}
    assert getattr(evidence.hub, "kind", "") == "absent"
