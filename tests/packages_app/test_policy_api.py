"""Policies over the API and in the admin site: who may, and what is answered."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from accounts_app.models import User
from packages_app.models import Download, Package, Policy, PolicyVerdict
from packages_app.sandbox import host
from tests.factories.accounts import UserFactory, calling
from tests.factories.archives import model_package
from tests.factories.packages import PackageFactory
from tests.factories.policies import AT_NIGHT, SAME_ORGANISATION, guarded_package

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patient(settings: LazySettings) -> None:
    settings.POLICY_SECONDS = 1


@pytest.fixture(scope="module", autouse=True)
def no_process_left() -> Iterator[None]:
    yield
    host.close()


def ask(client: Client, method: str, path: str, user: User, body: Any = None) -> tuple[int, Any]:
    answer = client.generic(
        method, path, json.dumps(body) if body is not None else "", "application/json", headers=calling(user)
    )
    return answer.status_code, answer.json() if answer.content else None


def address(package: Package, rest: str = "") -> str:
    return f"/package/{package.pk}/policy{rest}"


@pytest.mark.parametrize("who", ["uploader", "admin"])
def test_policy_is_set_read_and_removed(client: Client, who: str) -> None:
    uploader = UserFactory.create()
    user = uploader if who == "uploader" else UserFactory.create(permissions=["admin"])
    package = PackageFactory.create(uploader=uploader)
    assert ask(client, "GET", address(package), user)[1]["code"] == "no_policy"

    status, held = ask(client, "PUT", address(package), user, {"source": AT_NIGHT, "timezone": "Europe/Berlin"})
    assert (status, held) == (
        200,
        {
            "source": AT_NIGHT,
            "sha256": Policy.objects.get(package=package).sha256,
            "timezone": "Europe/Berlin",
            "updated_at": held["updated_at"],
            "updated_by": user.username,
            "suspended": None,
        },
    )
    assert ask(client, "GET", address(package), user) == (200, held)
    assert ask(client, "DELETE", address(package), user) == (204, None)
    assert ask(client, "DELETE", address(package), user)[0] == 404


@pytest.mark.parametrize("permissions", [["search"], ["download", "upload"]])
@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/try")])
def test_policy_is_no_business_of_others(client: Client, permissions: list[str], method: str, rest: str) -> None:
    package = guarded_package()
    status, answer = ask(client, method, address(package, rest), UserFactory.create(permissions=permissions), {})
    assert (status, answer["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid", "source"),
        ({"source": ""}, "invalid", "source"),
        ({"source": "function ("}, "syntax_error", "source"),
        ({"source": "x" * 70_000}, "too_large", "source"),
        ({"source": AT_NIGHT, "timezone": "Nowhere"}, "unknown_timezone", "timezone"),
        ({"source": AT_NIGHT, "timezone": ""}, "invalid", "timezone"),
        ({"source": AT_NIGHT, "zone": "UTC"}, "invalid", "zone"),
    ],
)
def test_policy_that_can_not_work_is_refused(client: Client, body: Any, code: str, field: str) -> None:
    package = guarded_package()
    assert package.uploader is not None
    status, answer = ask(client, "PUT", address(package), package.uploader, body)
    assert (status, answer["code"], list(answer["errors"])) == (400, code, [field])
    assert Policy.objects.get(package=package).source == SAME_ORGANISATION


def test_suspension_is_told(client: Client) -> None:
    package = guarded_package()
    assert package.uploader is not None
    Policy.objects.filter(package=package).update(timeouts=3, suspended_at="2025-07-01T12:00:00Z")
    suspended = ask(client, "GET", address(package), package.uploader)[1]["suspended"]
    assert suspended == {
        "since": "2025-07-01T12:00:00Z",
        "reason": "It took too long 3 times in a row, so every download is refused; make it do less and set it again.",
    }


def test_trial_is_answered(client: Client) -> None:
    package = guarded_package(AT_NIGHT, zone="Europe/Berlin")
    assert package.uploader is not None
    download = Download.objects.create(package=package, kind="full", outcome="approved", timestamp="2025-07-01T12:00Z")
    body = {"now": "2025-07-01T23:00:00Z", "history": True}
    status, answer = ask(client, "POST", address(package, "/try"), package.uploader, body)
    assert (status, answer) == (
        200,
        {
            "approved": True,
            "code": "approved",
            "reason": "",
            "duration_ms": answer["duration_ms"],
            "lockdown": answer["lockdown"],
            "history": {
                "total": 1,
                "considered": 1,
                "refused": 1,
                "decisions": [
                    {
                        "user": None,
                        "timestamp": "2025-07-01T12:00:00Z",
                        "kind": "full",
                        "outcome": "approved",
                        "approved": False,
                        "code": "rejected",
                        "reason": "Downloads open at midnight.",
                    }
                ],
            },
        },
    )
    assert answer["lockdown"]["descriptors"] == "held"
    assert Download.objects.get() == download


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"source": "nonsense("}, 200, "syntax_error"),
        ({"source": "function validateDownload() { for (;;); }"}, 200, "timeout"),
        ({"source": AT_NIGHT, "downloader": "x" * 5000}, 200, "too_large"),
        ({"source": None, "downloader": None, "now": None, "timezone": None}, 200, "rejected"),
        ({"timezone": "Nowhere"}, 400, "unknown_timezone"),
        ({"now": "1066-10-14T12:00:00Z"}, 400, "invalid"),
        ({"now": "0001-01-01T00:00:00+14:00"}, 400, "invalid"),
        ({"now": "soon"}, 400, "invalid"),
        ({"histroy": True}, 400, "invalid"),
    ],
)
def test_trial_says_what_is_wrong(client: Client, body: Any, status: int, code: str) -> None:
    package = guarded_package()
    answer = ask(client, "POST", address(package, "/try"), UserFactory.create(permissions=["admin"]), body)
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_trial_without_any_policy_says_so(client: Client) -> None:
    admin = UserFactory.create(permissions=["admin"])
    path = address(PackageFactory.create(), "/try")
    assert ask(client, "POST", path, admin, {})[1]["code"] == "no_policy"
    assert ask(client, "POST", path, admin, {"source": SAME_ORGANISATION})[1]["code"] == "rejected"


def upload(client: Client, policy: bytes) -> tuple[int, Any]:
    files = {
        "file": SimpleUploadedFile("package.zip", model_package("org/guarded", "1.0.0")),
        "js_policy": SimpleUploadedFile("policy.js", policy),
    }
    answer = client.post("/package", files, headers=calling(UserFactory.create(permissions=["upload"])))
    return answer.status_code, answer.json()


def test_upload_brings_a_policy(client: Client) -> None:
    status, _ = upload(client, SAME_ORGANISATION.encode())
    assert status == 200
    policy = Policy.objects.select_related("package").get()
    assert (policy.source, policy.timezone, policy.updated_by) == (SAME_ORGANISATION, "UTC", policy.package.uploader)
    assert policy.package.is_sensitive


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (b"function (", "syntax_error"),
        (b"var nothing", "no_function"),
        (b"\xff\xfe\x00", "syntax_error"),
        (b"//" + b"x" * 65_536, "too_large"),
    ],
)
def test_upload_with_a_policy_that_can_not_work_is_refused(client: Client, policy: bytes, code: str) -> None:
    status, answer = upload(client, policy)
    assert (status, answer["code"], list(answer["errors"])) == (400, code, ["js_policy"])
    assert (Package.objects.count(), OrmQ.objects.count()) == (0, 0)


@pytest.fixture
def site() -> Client:
    client = Client()
    client.force_login(UserFactory.create(permissions=["admin"]))
    return client


def page(package: Package | None, rest: str) -> str:
    return f"/admin/packages_app/policy/{f'{package.pk}/' if package else ''}{rest}"


def test_admin_sees_the_source_and_the_latest_verdicts(site: Client) -> None:
    package = guarded_package()
    download = Download.objects.create(package=package, kind="full", outcome="refused")
    PolicyVerdict.objects.create(
        package=package, download=download, downloader="eve", now="2025-07-01T12:00Z", code="rejected",
        reason="No <b>eve</b>.", duration_ms=9.5,
    )  # fmt: skip
    shown = site.get(page(package, "change/")).content.decode()
    for text in ("const organisation", "Latest verdicts", "No &lt;b&gt;eve&lt;/b&gt;.", "Try out"):
        assert text in shown
    for listing in ("policy", "policyverdict"):
        assert package.name in site.get(f"/admin/packages_app/{listing}/").content.decode()
    assert "rejected" in site.get(f"/admin/packages_app/package/{package.pk}/change/").content.decode()


@pytest.mark.parametrize("listing", ["policy", "policyverdict"])
def test_list_asks_as_often_for_one_as_for_three(site: Client, listing: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert site.get(f"/admin/packages_app/{listing}/").status_code == 200
        return len(captured)

    def fill(count: int) -> None:
        for _ in range(count):
            package = guarded_package()
            download = Download.objects.create(package=package, kind="full", outcome="refused")
            PolicyVerdict.objects.create(
                package=package, download=download, now="2025-07-01T12:00Z", code="rejected", duration_ms=1
            )

    fill(1)
    queries()
    few = queries()
    fill(2)
    assert queries() == few


def test_admin_sets_changes_and_removes_a_policy(site: Client) -> None:
    package = PackageFactory.create()
    form = {"package": str(package.pk), "source": AT_NIGHT.replace("\n", "\r\n"), "timezone": "Asia/Tokyo"}
    site.post(page(None, "add/"), form)
    assert list(Policy.objects.values_list("package", "source", "timezone")) == [(package.pk, AT_NIGHT, "Asia/Tokyo")]

    refused = site.post(page(package, "change/"), {"source": "function (", "timezone": "Mars"}).content.decode()
    assert "be parsed" in refused
    assert "Mars is not known" in refused
    site.post(page(package, "change/"), {"source": SAME_ORGANISATION, "timezone": "UTC"})
    assert Policy.objects.get().source == SAME_ORGANISATION

    site.post(page(package, "delete/"), {"post": "yes"})
    assert Policy.objects.count() == 0
    package.refresh_from_db()
    assert package.is_sensitive


def test_admin_tries_a_policy_out(site: Client) -> None:
    package = guarded_package(AT_NIGHT)
    Download.objects.create(package=package, kind="full", outcome="approved", timestamp="2025-07-01T12:00Z")
    assert "validateDownload" in site.get(page(package, "try/")).content.decode()
    shown = site.post(
        page(package, "try/"), {"source": AT_NIGHT, "now": "2025-07-01T03:00+00:00", "history": "on"}
    ).content.decode()
    assert "Approved" in shown
    assert "refused 1 of 1" in shown
    assert (
        "Nowhere is not known"
        in site.post(page(package, "try/"), {"source": AT_NIGHT, "timezone": "Nowhere"}).content.decode()
    )
    assert site.get("/admin/packages_app/policy/nothing/try/").status_code == 302
