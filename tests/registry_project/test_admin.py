"""The admin site over packages: pages that stay quick, actions that follow the services' rules."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from lineage_app.models import Edge
from metrics_app.models import Score
from packages_app.models import ConfusionFinding, Download, File, Job, Package, Rating, RetiredVersion
from tests.factories.accounts import UserFactory
from tests.factories.packages import JobFactory, PackageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return UserFactory.create(permissions=["admin"])


@pytest.fixture
def site(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def furnished(user: User) -> Package:
    """A package with something in every inline."""
    package = PackageFactory.create(uploader=user)
    parent = PackageFactory.create()
    File.objects.create(
        package=package, path="config.json", size=1, sha256="a" * 64, offset=0, compressed_size=1, compression="stored"
    )
    Score.objects.create(package=package, metric="ramp_up", value=0.5, status="measured")
    Edge.objects.create(package=package, parent=parent, parent_name=parent.name, source="README.md")
    Edge.objects.create(package=parent, parent=package, parent_name=package.name, source="README.md")
    Rating.objects.create(package=package, user=user, score=4)
    Download.objects.create(package=package, user=user, kind="full", outcome="approved")
    ConfusionFinding.objects.create(package=package, suspicious_pattern="typo", severity="low")
    return package


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@pytest.mark.parametrize("page", ["package", "job", "confusionfinding", "retiredversion"])
def test_list_asks_as_often_for_one_as_for_three(site: Client, administrator: User, page: str) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            package = furnished(administrator)
            JobFactory.create(package=package, owner=administrator, status="failed")
            RetiredVersion.objects.create(name=f"gone-{package.pk}", version=str(number), sha256="a" * 64)

    address = f"/admin/packages_app/{page}/"
    fill(1)
    assert site.get(address).status_code == 200
    few = queries(lambda: site.get(address))
    fill(2)
    assert queries(lambda: site.get(address)) == few


def test_package_page_shows_what_every_app_knows(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    page = site.get(f"/admin/packages_app/package/{package.pk}/change/").content.decode()
    for shown in (package.name, "config.json", "ramp_up", "approved", "typo"):
        assert shown in page


def test_package_page_shows_only_the_newest_of_many(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    Download.objects.bulk_create(
        Download(package=package, user=administrator, kind="full", outcome="approved") for _ in range(100)
    )
    address = f"/admin/packages_app/package/{package.pk}/change/"
    assert queries(lambda: site.get(address)) < 60


@pytest.mark.parametrize("query", ["?q=model", "?q=" + "a" * 64, "?status__exact=ready", "?kind__exact=npm"])
def test_packages_are_searched_and_filtered(site: Client, administrator: User, query: str) -> None:
    furnished(administrator)
    assert site.get(f"/admin/packages_app/package/{query}").status_code == 200


def act(site: Client, model: str, action: str, *chosen: object, **more: str) -> str:
    answer = site.post(
        f"/admin/packages_app/{model}/",
        {"action": action, "_selected_action": [str(one) for one in chosen], **more},
        follow=True,
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_marking_sensitive_and_back(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    act(site, "package", "mark_sensitive", package.pk)
    package.refresh_from_db()
    assert package.is_sensitive
    act(site, "package", "mark_not_sensitive", package.pk)
    package.refresh_from_db()
    assert not package.is_sensitive


def test_rescoring_queues_a_job(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    act(site, "package", "rescore", package.pk)
    assert list(Job.objects.filter(package=package).values_list("kind", "request")) == [
        ("rescore", {"recollect": True})
    ]


def test_deleting_retires_the_version(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    assert "Are you sure" in act(site, "package", "delete_selected", package.pk)
    act(site, "package", "delete_selected", package.pk, post="yes")
    assert not Package.objects.filter(pk=package.pk).exists()
    assert RetiredVersion.objects.filter(name=package.name, version=package.version).exists()


def test_deleting_one_from_its_page_retires_the_version(site: Client, administrator: User) -> None:
    package = furnished(administrator)
    site.post(f"/admin/packages_app/package/{package.pk}/delete/", {"post": "yes"})
    assert RetiredVersion.objects.filter(name=package.name).exists()


def test_retrying_says_which_jobs_can_be(site: Client, administrator: User) -> None:
    package = PackageFactory.create(status="pending")
    stuck = JobFactory.create(package=package, status="failed", name="stuck")
    refused = JobFactory.create(status="failed", name="refused")
    page = act(site, "job", "retry", stuck.pk, refused.pk)
    assert "is queued again" in page
    assert "Only a job that failed for a passing reason can be retried" in page
    assert set(Job.objects.values_list("name", "status")) == {("stuck", "queued"), ("refused", "failed")}


@pytest.mark.parametrize("permission", ["search", "upload", "download"])
def test_admin_site_is_for_administrators(permission: str) -> None:
    client = Client()
    client.force_login(UserFactory.create(permissions=[permission]))
    assert client.get("/admin/packages_app/package/").status_code == 302
