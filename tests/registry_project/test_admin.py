"""The admin site over packages: pages that stay quick, actions that follow the services' rules."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from packages_app.models import ConfusionFinding, Download, Job, Package, RetiredVersion
from tests.factories.accounts import UserFactory
from tests.factories.console import furnish
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


def queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


#: Every list of the admin site, a new model's too; furnish() has a row for each.
LISTS = sorted(model._meta.label_lower.replace(".", "/") for model in admin.site._registry)


@pytest.mark.parametrize("page", LISTS)
def test_list_asks_as_often_for_one_as_for_three(site: Client, administrator: User, page: str) -> None:
    address = f"/admin/{page}/"
    furnish(administrator)
    first = site.get(address)
    assert (first.status_code, first.context["cl"].result_count > 0) == (200, True)
    few = queries(lambda: site.get(address))
    furnish(administrator), furnish(administrator)
    assert queries(lambda: site.get(address)) == few


@pytest.mark.parametrize("page", LISTS)
def test_every_list_can_be_searched_and_every_row_looked_at(site: Client, administrator: User, page: str) -> None:
    furnish(administrator)
    lister = site.get(f"/admin/{page}/").context["cl"]
    assert lister.search_fields
    row = lister.result_list[0]
    assert site.get(f"/admin/{page}/{row.pk}/change/").status_code == 200
    for words in ("model", "50 % of \\ it's", str(row.pk), "a" * 64):
        searched = site.get(f"/admin/{page}/", {"q": words})
        assert (searched.status_code, searched.context["cl"].get_query_string()) == (200, f"?{urlencode({'q': words})}")
    for spec in lister.filter_specs:
        for choice in spec.choices(lister):
            assert site.get(f"/admin/{page}/{choice['query_string']}").status_code == 200


@pytest.mark.parametrize("unregistered", ["django_q/schedule", "django_q/ormq", "axes/accesslog"])
def test_what_others_register_and_nobody_needs_is_not_there(site: Client, unregistered: str) -> None:
    assert site.get(f"/admin/{unregistered}/").status_code == 404


def test_package_page_shows_what_every_app_knows(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    page = site.get(f"/admin/packages_app/package/{package.pk}/change/").content.decode()
    for shown in (package.name, "config.json", "ramp_up", "Only nobody may.", "typo"):
        assert shown in page


def test_package_page_shows_only_the_newest_of_many(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    Download.objects.bulk_create(
        Download(package=package, user=administrator, kind="full", outcome="approved") for _ in range(100)
    )
    address = f"/admin/packages_app/package/{package.pk}/change/"
    assert queries(lambda: site.get(address)) < 60


@pytest.mark.parametrize("query", ["?q=model", "?q=" + "a" * 64, "?status__exact=ready", "?kind__exact=npm"])
def test_packages_are_searched_and_filtered(site: Client, administrator: User, query: str) -> None:
    furnish(administrator)
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
    package = furnish(administrator)
    act(site, "package", "mark_sensitive", package.pk)
    package.refresh_from_db()
    assert package.is_sensitive
    assert "no policy is asked any more" in act(site, "package", "mark_not_sensitive", package.pk)
    package.refresh_from_db()
    assert package.is_sensitive
    act(site, "package", "mark_not_sensitive", package.pk, confirmed="yes")
    package.refresh_from_db()
    assert not package.is_sensitive


def test_rescoring_queues_a_job(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    act(site, "package", "rescore", package.pk)
    assert list(Job.objects.filter(package=package, kind="rescore").values_list("request", "owner")) == [
        ({"recollect": True}, administrator.pk)
    ]


def test_deleting_retires_the_version(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    assert "Are you sure" in act(site, "package", "delete_selected", package.pk)
    act(site, "package", "delete_selected", package.pk, post="yes")
    assert not Package.objects.filter(pk=package.pk).exists()
    assert RetiredVersion.objects.filter(name=package.name, version=package.version).exists()


def test_deleting_one_from_its_page_retires_the_version(site: Client, administrator: User) -> None:
    package = furnish(administrator)
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


@pytest.mark.parametrize(
    ("decision", "note", "state"),
    [("confirmed", "", "confirmed"), ("dismissed", "Ours too.", "dismissed"), ("dismissed", " ", "open")],
)
def test_a_finding_is_decided_on_its_page(
    site: Client, administrator: User, decision: str, note: str, state: str
) -> None:
    furnish(administrator)
    finding = ConfusionFinding.objects.get()
    address = f"/admin/packages_app/confusionfinding/{finding.pk}/decide/"
    assert "differs from" in site.get(address).content.decode()
    site.post(address, {"decision": decision, "note": note})
    finding.refresh_from_db()
    assert (finding.state, finding.note) == (state, note.strip())


def test_a_rejected_ingest_is_let_through_with_reasons(site: Client, administrator: User) -> None:
    furnish(administrator)
    rejected = Job.objects.get(status="rejected")
    address = f"/admin/packages_app/job/{rejected.pk}/waive/"
    page = site.get(address).content.decode()
    assert [f'name="{metric}"' in page for metric in rejected.failed_metrics] == [True, True]
    site.post(address, {"bus_factor": "One author, who is ours.", "reviewedness": ""})
    queued = Job.objects.get(kind="ingest", status="queued")
    assert (queued.request["url"], queued.request["waived"]) == (
        rejected.request["url"],
        {"bus_factor": "One author, who is ours."},
    )


def test_only_rejected_ingests_can_be_waived(site: Client, administrator: User) -> None:
    furnish(administrator)
    over = Job.objects.get(status="succeeded")
    page = site.get(f"/admin/packages_app/job/{over.pk}/waive/", follow=True).content.decode()
    assert "Only an ingest that was rejected by its scores can be waived." in page


@pytest.mark.parametrize("action", ["packages_app/package/{}/rescore", "packages_app/package/{}/sensitivity"])
def test_following_a_link_does_nothing(site: Client, administrator: User, action: str) -> None:
    package = furnish(administrator)
    before = (Job.objects.count(), package.is_sensitive)
    assert site.get(f"/admin/{action.format(package.pk)}/").status_code == 200
    package.refresh_from_db()
    assert (Job.objects.count(), package.is_sensitive) == before
    assert site.post(f"/admin/{action.format(package.pk)}/").status_code == 302
    package.refresh_from_db()
    assert (Job.objects.count(), package.is_sensitive) != before


def test_scores_are_computed_again_for_their_packages(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    score = package.scores.get()
    site.post("/admin/metrics_app/score/", {"action": "rescore", "_selected_action": [score.pk]})
    assert list(Job.objects.filter(kind="rescore").values_list("package", flat=True)) == [package.pk]


def test_sizes_scores_and_dates_are_told_as_on_the_pages(site: Client) -> None:
    package = PackageFactory.create(
        name="org/told", size_bytes=1_340_000, net_score=0.5, created_at=datetime(2026, 11, 9, 14, 5, tzinfo=UTC)
    )
    for address in ("?q=told", f"{package.pk}/change/"):
        page = site.get(f"/admin/packages_app/package/{address}").content.decode()
        for told in ("1.3 MB", "0.50", "9 Nov 2026, 14:05 UTC"):
            assert told in page


def test_a_row_is_called_by_its_own_name(site: Client, administrator: User) -> None:
    page = site.get(f"/admin/accounts_app/user/{administrator.pk}/change/").content.decode()
    assert f"{administrator}\n" in page
    assert administrator.username.capitalize() not in page
