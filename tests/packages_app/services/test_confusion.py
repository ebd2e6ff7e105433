"""What a newcomer is taken for once it is published, and what administrators decide on it."""

import io
from collections.abc import Iterable
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts_app.errors import Refused
from demo.family import FAMILY, PACKAGES
from lineage_app.domain.declared import declared_parents
from packages_app.archive import Archive
from packages_app.domain.framing import Limits
from packages_app.errors import FindingNotFound
from packages_app.inspection import inspect
from packages_app.models import Card, ConfusionFinding, File, HeldName, HeldOwner, Package
from packages_app.services.confusion import decide_finding, find_lookalikes, hold_name
from tests.factories.accounts import UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db

CARD = " ".join(f"word{number * 7919 % 1009}" for number in range(200))


def publish(name: str, *, card: str = "", weights: str = "", parents: Iterable[str] = (), **fields: Any) -> Package:
    package = PackageFactory.create(name=name, card=card, **fields)
    if weights:
        File.objects.create(
            package=package,
            path="model.safetensors",
            size=1,
            sha256=weights,
            offset=0,
            compressed_size=1,
            is_weight=True,
        )
    find_lookalikes(package, parents=parents)
    return package


def found(package: Package) -> list[tuple[str, str, str, Any]]:
    rows = ConfusionFinding.objects.filter(package=package).order_by("id")
    return [(row.suspicious_pattern, row.severity, row.details["lookalike"], row.lookalike_id) for row in rows]


@pytest.mark.parametrize(
    ("held", "newcomer", "pattern", "severity"),
    [
        ("aurora/nightingale", "aurora/Nightingale", "case", "high"),
        ("aurora/night-ingale", "aurora/night_ingale", "separators", "medium"),
        ("aurora/nightingale", "aurora/n1ghtingale", "homoglyph", "high"),
        ("nightingale", "nightingaale", "typo", "high"),
        ("aurora/nightingale", "tundra/nightingaale", "typo", "low"),
        ("large-nightingale", "nightingale-large", "words", "medium"),
        ("nightingale", "nightingale-js", "words", "low"),
        ("@aurora/nightingale", "aurora/nightingale", "scope", "high"),
        ("aurora/nightingale", "auroora/nightingale", "organisation", "high"),
        ("aurora/nightingale", "auroora/blackbird", "organisation", "medium"),
        ("aurora/nightingale", "aurora-ai/nightingale", "organisation", "high"),
        ("aurora/nightingale", "auorroa/nightingale", "organisation", "high"),
    ],
)
def test_newcomer_is_told_from_what_is_held(held: str, newcomer: str, pattern: str, severity: str) -> None:
    original = publish(held)
    assert found(publish(newcomer)) == [(pattern, severity, held, original.pk)]
    assert found(original) == []


@pytest.mark.parametrize(
    ("held", "newcomer"),
    [
        ("aurora/nightingale", "aurora/nightingale-large"),
        ("aurora/nightingale", "tundra/nightingale"),
        ("aurora/nightingale-v1", "aurora/nightingale-v2"),
        ("aurora/nightingale", "tundra/blackbird"),
        ("aurora/nightingale", "aurora-ai/blackbird"),
        ("preact", "react"),  # either is well known, and an original
    ],
)
def test_families_and_strangers_raise_nothing(held: str, newcomer: str) -> None:
    publish(held)
    assert found(publish(newcomer)) == []


@pytest.mark.parametrize(
    ("newcomer", "lookalike"),
    [
        ("bert-base-uncasd", "bert-base-uncased"),
        ("lodahs", "lodash"),
        ("lodash", None),
        ("go0gle-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("tundra/image-tagger", None),
    ],
)
def test_newcomer_is_told_from_what_is_well_known(newcomer: str, lookalike: str | None) -> None:
    rows = found(publish(newcomer))
    assert [(name, row_id) for _, _, name, row_id in rows][:1] == ([(lookalike, None)] if lookalike else [])


def test_owner_is_compared_by_its_package_of_the_same_name() -> None:
    publish("aurora/blackbird")
    original = publish("aurora/nightingale")
    publish("tundra/nightingale")
    assert found(publish("auroora/nightingale")) == [("organisation", "high", "aurora/nightingale", original.pk)]


def test_original_is_not_suspected_for_its_copies() -> None:
    publish("nightingale", weights="a" * 64, card=CARD)
    publish("nightingaale", weights="a" * 64, card=CARD, uploader=UserFactory.create())
    assert found(publish("nightingale", version="2.0.0", weights="a" * 64, card=CARD)) == []
    assert len(found(publish("nightingaale", version="2.0.0"))) == 1


def test_deleted_package_is_no_lookalike_but_keeps_its_name() -> None:
    publish("nightingale").delete()
    assert found(publish("nightingaale")) == []
    assert list(HeldName.objects.order_by("id").values_list("name", flat=True)) == ["nightingale", "nightingaale"]


def test_upgrade_finds_names_that_were_held_before_by_the_keys_of_today() -> None:
    names = ["org/name", "@scope/name", "alone"]
    today = [hold_name(name).keys for name in names]
    owners = list(HeldOwner.objects.order_by("pk").values_list("keys", flat=True))
    HeldName.objects.update(keys=[1])
    HeldOwner.objects.update(keys=[])
    import_module("packages_app.migrations.0013_keys_of_held_names").compute_again(apps, None)
    assert list(HeldName.objects.order_by("pk").values_list("keys", flat=True)) == today
    assert list(HeldOwner.objects.order_by("pk").values_list("keys", flat=True)) == owners != [[], []]


def test_name_and_owner_are_held_once() -> None:
    publish("aurora/nightingale")
    publish("aurora/nightingale", version="2.0.0")
    publish("aurora/blackbird")
    assert list(HeldOwner.objects.values_list("owner", "example__name")) == [("aurora", "aurora/nightingale")]
    assert HeldName.objects.count() == 2


@pytest.mark.parametrize(
    ("newcomer", "parents", "patterns"),
    [
        ("tundra/blackbird", [], ["same weights", "same card"]),
        ("tundra/blackbird", ["aurora/nightingale"], []),
        ("aurora/blackbird", [], []),
    ],
)
def test_borrowed_weights_and_words_are_found_unless_declared(
    newcomer: str, parents: list[str], patterns: list[str]
) -> None:
    original = publish("aurora/nightingale", weights="a" * 64, card=CARD)
    rows = found(publish(newcomer, weights="a" * 64, card=CARD + " and more", parents=parents))
    assert [(pattern, name, row_id) for pattern, _, name, row_id in rows] == [
        (pattern, "aurora/nightingale", original.pk) for pattern in patterns
    ]


def test_card_of_a_template_is_nobodys() -> None:
    packages = [publish(f"owner{number * 7919}/model-{number * 104729}", card=CARD) for number in range(7)]
    assert [bool(found(package)) for package in packages] == [False, True, True, True, True, False, False]


def test_dismissed_finding_does_not_come_back_with_the_next_version() -> None:
    publish("nightingale")
    finding = ConfusionFinding.objects.get(package=publish("nightingaale"))
    decide_finding(finding_id=finding.pk, decision="dismissed", note="the same people", by=UserFactory.create())
    assert found(publish("nightingaale", version="2.0.0")) == []
    publish("nighttingale")
    assert len(found(publish("nightingalle"))) == 3


def test_demo_family_raises_nothing() -> None:
    limits = Limits(members=100, unpacked_bytes=2**20, member_bytes=2**20, ratio=2)
    for name, version, archive in FAMILY:
        inspection = inspect(Archive(io.BytesIO(archive), limits), lambda _: None)
        manifests = inspection.manifests
        text = manifests.model_card.text if manifests.model_card else ""
        package = PackageFactory.create(name=name, version=version, card=text)
        File.objects.bulk_create(
            File(
                package=package, path=file.path, size=file.member.size, sha256=file.sha256, offset=0,
                compressed_size=0, is_weight=file.is_weight,
            )
            for file in inspection.files
        )  # fmt: skip
        parents = declared_parents(name, manifests.base_models, is_adapter=False, is_quantized=False)
        find_lookalikes(package, parents=[parent.name for parent in parents])
    assert Card.objects.exclude(text="").count() > 10
    assert HeldName.objects.count() == len({package.name for package in PACKAGES})
    assert list(ConfusionFinding.objects.values_list("package__name", "suspicious_pattern", "details")) == []


@pytest.fixture
def finding() -> ConfusionFinding:
    publish("nightingale")
    return ConfusionFinding.objects.get(package=publish("nightingaale"))


def test_dismissal_needs_a_note(finding: ConfusionFinding) -> None:
    with pytest.raises(Refused, match="why the finding is dismissed"):
        decide_finding(finding_id=finding.pk, decision="dismissed", note=" ", by=UserFactory.create())
    finding.refresh_from_db()
    assert (finding.state, finding.decided_at) == ("open", None)


def test_finding_that_is_not_there_cannot_be_decided() -> None:
    with pytest.raises(FindingNotFound):
        decide_finding(finding_id=uuid4(), decision="confirmed", note="", by=UserFactory.create())


def test_administrators_decide_over_the_api(finding: ConfusionFinding, client: Client) -> None:
    boss = UserFactory.create(permissions=["admin"])
    as_boss, url = calling(boss), f"/audits/{finding.pk}"
    body = {"decision": "confirmed", "note": "a typosquat"}
    answer = client.put(url, body, content_type="application/json", headers=as_boss)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["state"], said["note"], said["decided_by"]) == ("confirmed", "a typosquat", boss.username)
    assert said["decided_at"] is not None
    assert (said["pattern"], said["severity"], said["details"]["lookalike"]) == ("typo", "high", "nightingale")
    for query, total in {"": 1, "state=open": 0, "state=confirmed&severity=high": 1, "severity=low": 0}.items():
        assert client.get(f"/audits?{query}", headers=as_boss).json()["total"] == total
        assert client.get(f"/package/{finding.package_id}/audit?{query}", headers=as_boss).json()["total"] == total
    assert client.get("/audits?state=perhaps", headers=as_boss).status_code == 400
    missing = client.put(f"/audits/{uuid4()}", body, content_type="application/json", headers=as_boss)
    assert (missing.status_code, missing.json()["code"]) == (404, "finding_not_found")
    noteless = client.put(url, {"decision": "dismissed"}, content_type="application/json", headers=as_boss)
    assert (noteless.status_code, list(noteless.json()["errors"])) == (400, ["note"])


def test_flag_goes_with_a_dismissal(finding: ConfusionFinding, client: Client) -> None:
    boss = UserFactory.create(permissions=["admin"])
    url = f"/package/{finding.package_id}/metadata"
    assert client.get(url, headers=calling(boss)).json()["flags"] == ["looks_like_another"]
    decide_finding(finding_id=finding.pk, decision="dismissed", note="known", by=boss)
    assert client.get(url, headers=calling(boss)).json()["flags"] == []


@pytest.mark.parametrize(
    ("action", "note", "state"),
    [("confirm", "", "confirmed"), ("dismiss", "known", "dismissed"), ("dismiss", "", "open"), ("reopen", "", "open")],
)
def test_administrators_decide_in_the_admin_site(
    finding: ConfusionFinding, client: Client, action: str, note: str, state: str
) -> None:
    client.force_login(UserFactory.create(permissions=["admin"]), "django.contrib.auth.backends.ModelBackend")
    url = reverse("admin:packages_app_confusionfinding_changelist")
    form = {"action": action, "note": note, "_selected_action": [str(finding.pk)], "index": "0"}
    assert client.post(url, form).status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.note) == (state, note if state == "dismissed" else "")
    assert client.get(url).status_code == 200
