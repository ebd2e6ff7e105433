"""`manage.py explain` and `manage.py rescore`, on packages scored from evidence."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from metrics_app import tables
from metrics_app.apps import check_tables
from metrics_app.domain.evidence import Evidence, ParentEvidence, Person
from metrics_app.models import CollectedEvidence, Score
from metrics_app.services import measure, store_scores
from packages_app.models import Job, Package
from tests.factories.packages import PackageFactory
from tests.metrics_app.domain.examples import ALL_ABSENT, EVIDENCE, GIT

pytestmark = pytest.mark.django_db


def scored(evidence: Evidence = EVIDENCE, **fields: object) -> Package:
    """A package with the scores that `evidence` gives, without parents."""
    package = PackageFactory.create(**fields)
    evidence = replace(evidence, parents=ParentEvidence())
    results = measure(evidence)
    store_scores(package, evidence, results)
    package.net_score = results["net_score"].value
    package.save()
    return package


def called(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().splitlines()


def test_explain_tells_value_reason_evidence_and_advice() -> None:
    package = scored(name="org/model")
    score = Score.objects.get(package=package, metric="bus_factor")
    told = called("explain", "org/model")
    assert told[0] == f"org/model 1.0.0: net score {package.net_score:.2f}"
    start = next(number for number, line in enumerate(told) if line.startswith("bus_factor "))
    assert told[start].split()[1:3] == [f"{score.value:.2f}", "measured"]
    assert told[start + 1] == f"    {score.reason}"
    assert f"    truck_factor: {score.evidence['truck_factor']}" in told
    assert f"    What would raise it: {score.advice}" in told


def test_explain_takes_the_newest_version_unless_told() -> None:
    for version in ("1.10.0", "1.9.0"):
        scored(name="@scope/tool", version=version)
    assert called("explain", "@scope/tool")[0].startswith("@scope/tool 1.10.0: ")
    assert called("explain", "@scope/tool@1.9.0")[0].startswith("@scope/tool 1.9.0: ")


def test_explain_shows_no_control_characters_of_strangers() -> None:
    people = (Person("Ada\x1b[2J", "ada@example.org"), *GIT.people[1:])
    scored(replace(EVIDENCE, git=replace(GIT, people=people)), name="org/model")
    assert not any("\x1b" in line for line in called("explain", "org/model"))


@pytest.mark.parametrize("command", ["explain", "rescore"])
def test_package_that_is_not_there(command: str) -> None:
    PackageFactory.create(name="org/pending", status="pending")
    with pytest.raises(CommandError, match="There is no published package org/pending"):
        called(command, "org/pending")


@pytest.mark.parametrize("command", ["explain", "rescore"])
def test_version_that_is_not_there_names_those_that_are(command: str) -> None:
    for minor in (9, 10):
        PackageFactory.create(name="@scope/tool", version=f"1.{minor}.0")
    with pytest.raises(CommandError, match=r"^@scope/tool has no published version 2; there is 1\.10\.0, 1\.9\.0\.$"):
        called(command, "@scope/tool@2")
    for minor in range(4):
        PackageFactory.create(name="@scope/tool", version=f"1.{minor}.0")
    with pytest.raises(CommandError, match=r"there is 1\.10\.0, 1\.9\.0, 1\.3\.0, 1\.2\.0, 1\.1\.0 and older ones\.$"):
        called(command, "@scope/tool@2")


@pytest.mark.parametrize("arguments", [(), ("org/model", "--all")])
def test_rescore_wants_names_or_all(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="Name packages, or give --all"):
        called("rescore", *arguments)


def test_rescore_queues_every_version_to_be_collected_again() -> None:
    wanted = [scored(name="org/model", version=version) for version in ("2.0.0", "1.0.0")]
    scored(name="org/other")
    assert called("rescore", "org/model") == ["2 queued for scoring"]
    jobs = Job.objects.filter(kind=Job.Kind.RESCORE)
    assert {job.package for job in jobs} == set(wanted)
    assert [job.request for job in jobs] == [{"recollect": True}] * 2


def test_rescore_of_the_stale_leaves_out_what_cannot_change() -> None:
    scored(ALL_ABSENT, name="org/settled")
    unscored = PackageFactory.create(name="org/unscored")
    failed, old = (scored(ALL_ABSENT, name=name) for name in ("org/failed", "org/old"))
    Score.objects.filter(package=failed, metric="ramp_up").update(status="error", value=None)
    Score.objects.filter(package=old, metric="ramp_up").update(formula_version=0)
    assert called("rescore", "--all", "--stale") == ["3 queued for scoring"]
    assert {job.package for job in Job.objects.all()} == {unscored, failed, old}


def test_replay_of_unchanged_formulas_moves_nothing() -> None:
    for evidence in (EVIDENCE, ALL_ABSENT):
        scored(evidence)
    assert called("rescore", "--all", "--replay") == ["2 replayed"]
    assert Job.objects.count() == 0


def test_replay_prints_what_moved_and_keeps_it() -> None:
    package = scored(name="org/model")
    now = package.net_score
    Score.objects.filter(package=package, metric="ramp_up").update(value=0.125, formula_version=0)
    Score.objects.filter(package=package, metric="license_score").update(value=None, status="error")
    Package.objects.filter(pk=package.pk).update(net_score=0.1)
    ramp_up = measure(EVIDENCE)["ramp_up"].wire
    licence = measure(EVIDENCE)["license_score"].wire
    assert called("rescore", "org/model", "--replay") == [
        f"org/model 1.0.0: license_score error → {licence:g}",
        f"org/model 1.0.0: ramp_up 0.125 → {round(ramp_up, 4):g}",
        "1 replayed",
    ]
    package.refresh_from_db()
    assert package.net_score == now


def test_replay_without_evidence_says_so() -> None:
    package = scored(name="org/model")
    CollectedEvidence.objects.filter(package=package).delete()
    assert called("rescore", "--all", "--replay") == [
        "org/model 1.0.0: nothing stored that can be read; rescore it without --replay",
        "0 replayed",
    ]


@pytest.fixture
def fresh_tables() -> None:
    tables.weights.cache_clear()
    tables.licence_table.cache_clear()


@pytest.mark.usefixtures("fresh_tables")
def test_operators_tables_count(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.addfinalizer(tables.weights.cache_clear)
    request.addfinalizer(tables.licence_table.cache_clear)
    settings.WEIGHTS_FILE, settings.LICENCES_FILE = tmp_path / "house.toml", tmp_path / "ours.toml"
    settings.WEIGHTS_FILE.write_text("[weights]\nramp_up = 0.5\n")
    settings.LICENCES_FILE.write_text('[scores]\napache-2-0 = 0.0\n"apache-2.0" = 0.0\nmit = 0.0\n')
    assert check_tables() == []
    package = scored(name="org/model")
    assert Score.objects.get(package=package, metric="ramp_up").weight == 0.5
    licence, net = (Score.objects.get(package=package, metric=metric) for metric in ("license_score", "net_score"))
    assert (licence.value, licence.evidence["table"]) == (0, "licences.toml, ours.toml on top")
    assert net.evidence["table"] == "weights.toml, house.toml on top"


@pytest.mark.usefixtures("fresh_tables")
def test_table_that_is_none_shows_at_the_start(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(tables.weights.cache_clear)
    settings.WEIGHTS_FILE = tmp_path / "weights.toml"
    settings.WEIGHTS_FILE.write_text("[weights]\nspeed = 0.5\n")
    (error,) = check_tables()
    assert error.msg.startswith("REGISTRY_WEIGHTS_FILE: A weights file holds least_known and, under [weights], some of")
