"""The danger zone counts what will go, asks for the word, and does what DELETE /reset does."""

from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from pytest_django import Settings

from accounts_app.models import AuditEntry, User
from packages_app.models import Job, Package
from packages_app.storage import objects
from registry_project.danger_zone import told
from registry_project.resetting import Extent, extent_of_reset
from tests.factories.accounts import UserFactory, calling
from tests.factories.console import furnish

pytestmark = pytest.mark.django_db
ZONE = "/admin/danger-zone/"


@pytest.fixture(autouse=True)
def own_objects(settings: Settings, tmp_path: Path) -> None:
    """A reset that commits takes every object away: not those of tests that run beside these."""
    place = settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path), "allow_overwrite": True}}
    settings.STORAGES = settings.STORAGES | {"default": place}


@pytest.fixture
def administrator() -> User:
    return UserFactory.create(username=configured.ADMIN_USERNAME, permissions=["admin"])


@pytest.fixture
def site(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator, "django.contrib.auth.backends.ModelBackend")
    return client


def test_what_will_go_is_counted_first(site: Client, administrator: User) -> None:
    furnish(administrator)
    extent = extent_of_reset()
    assert extent == Extent(
        packages=2, users=1, bytes=2, files=1, jobs=2, downloads=1, ratings=1, scores=1, findings=1, policies=1
    )
    page = site.get(ZONE).content.decode()
    assert f"<strong>{administrator}</strong>" in page
    for name, count in told(extent):
        assert f"{name}</th>" in page
        assert f">{count}</td>" in page


@pytest.mark.parametrize("typed", ["", "Reset", "reset it", "yes"])
def test_nothing_goes_without_the_word(site: Client, administrator: User, typed: str) -> None:
    furnish(administrator)
    before = extent_of_reset()
    answer = site.post(ZONE, {"confirmation": typed})
    assert (answer.status_code, extent_of_reset()) == (200, before)


def test_a_link_resets_nothing(site: Client, administrator: User) -> None:
    furnish(administrator)
    site.get(ZONE, {"confirmation": "reset"})
    assert Package.objects.count() == 2


@pytest.mark.parametrize("permissions", [["upload", "download", "search"], None])
def test_only_administrators_get_there(permissions: list[str] | None) -> None:
    client = Client()
    if permissions:
        user = UserFactory.create(permissions=permissions)
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    answer = client.post(ZONE, {"confirmation": "reset"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={ZONE}")


@pytest.mark.django_db(transaction=True)  # TRUNCATE bears no rows of its own transaction
@pytest.mark.parametrize("door", ["admin", "api"])
def test_a_reset_leaves_the_same_by_either_door(site: Client, administrator: User, door: str) -> None:
    objects().write(furnish(administrator).object_key, [b"bytes"])
    LogEntry.objects.create(
        user=administrator,
        content_type=ContentType.objects.get_for_model(Package),
        object_id="1",
        object_repr="org/model 1.0.0",
        action_flag=CHANGE,
    )
    if door == "admin":
        answer = site.post(ZONE, {"confirmation": "reset"}, follow=True)
        assert answer.redirect_chain == [("/admin/login/", 302)]
        assert "The registry was reset: 2 packages and 1 users are gone." in answer.content.decode()
    else:
        assert site.delete("/reset", headers=calling(administrator)).status_code == 200
    assert list(objects().walk()) == []
    assert (Package.objects.count(), Job.objects.count(), LogEntry.objects.count()) == (0, 0, 0)
    assert list(User.objects.all()) == [administrator]
    last = AuditEntry.objects.first()
    assert last is not None
    assert (last.actor, last.action, last.details) == (
        administrator.username,
        "registry_reset",
        {"packages": 2, "users": 1},
    )
    assert site.get("/admin/").status_code == 302


def test_an_administrator_who_goes_is_told_so_at_the_door(administrator: User) -> None:
    client = Client()
    client.force_login(UserFactory.create(permissions=["admin"]), "django.contrib.auth.backends.ModelBackend")
    answer = client.post(ZONE, {"confirmation": "reset"}, follow=True)
    assert "The registry was reset: 0 packages and 1 users are gone." in answer.content.decode()
    assert list(User.objects.all()) == [administrator]
