"""Who downloads is told what the scan found."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from packages_app.models import File, Package
from packages_app.queries.scans import Scanned, scan_of_package
from tests.factories.accounts import UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def held(package: Package, path: str, verdict: str, *findings: str) -> File:
    return File.objects.create(
        package=package, path=path, size=1, sha256="b" * 64, offset=0, compressed_size=1, compression="stored",
        verdict=verdict, findings=list(findings), is_weight=True, object_key=f"objects/{path}",
    )  # fmt: skip


def test_downloads_carry_the_verdicts(client: Client) -> None:
    package = PackageFactory.create()
    held(package, "a.pkl", "suspicious", "imports a.b", "imports c.d")
    held(package, "b.h5", "not_scanned", "it was not read")
    held(package, "c.npy", "clean")
    headers = calling(UserFactory.create(permissions=["download"]))

    whole = client.get(f"/package/{package.pk}", headers=headers).json()
    weights = client.get(f"/package/{package.pk}/weights", headers=headers).json()
    one = client.get(f"/package/{package.pk}/weights", {"file": "b.h5"}, headers=headers).json()

    assert whole["scan"] == {
        "verdict": "suspicious",
        "findings": ["a.pkl: imports a.b", "a.pkl: imports c.d", "b.h5: it was not read"],
    }
    assert [file["scan"]["verdict"] for file in weights["files"]] == ["suspicious", "not_scanned", "clean"]
    assert one["scan"] == {"verdict": "not_scanned", "findings": ["it was not read"]}


def test_the_worst_of_a_package_comes_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    package = PackageFactory.create()
    assert scan_of_package(package) == Scanned("clean", [])
    for number in range(30):
        held(package, f"{number:02}", "not_scanned", "unread")
    held(package, "y", "suspicious", "odd")
    held(package, "z", "malicious", "bad")
    with django_assert_num_queries(1):
        scan = scan_of_package(package)
    assert (scan.verdict, len(scan.findings), scan.findings[:3]) == (
        "malicious",
        20,
        ["z: bad", "y: odd", "00: unread"],
    )
