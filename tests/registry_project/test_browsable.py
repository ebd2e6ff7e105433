"""REST framework's browsable pages: every address shows one, with forms that work."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from packages_app.models import Job, Package
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.archives import model_package
from tests.factories.packages import JobFactory, PackageFactory

pytestmark = pytest.mark.django_db
HTML = {"Accept": "text/html"}


def api_routes() -> list[str]:
    """The routes of all API views, from the URL table itself."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> list[str]:
        found = []
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                found += walk(pattern.url_patterns, route)
            elif hasattr(pattern.callback, "cls") and not route.startswith("api"):
                found.append(route)
        return found

    return walk(get_resolver().url_patterns, "")


@pytest.fixture
def site(client: Client) -> Client:
    client.force_login(UserFactory.create(permissions=["admin"]))
    return client


@pytest.mark.parametrize("route", api_routes())
def test_every_address_has_a_browsable_page(site: Client, route: str) -> None:
    package, job, user = PackageFactory.create(), JobFactory.create(), UserFactory.create()
    ids = {"<uuid:package_id>": package.pk, "<uuid:job_id>": job.pk, "<uuid:user_id>": user.pk}
    path = "/" + route
    for placeholder, value in ids.items():
        path = path.replace(placeholder, str(value))
    if "<" in path:
        pytest.skip("needs an object of its own")
    answer = site.get(path, {"format": "api"}, headers=HTML)
    assert answer.status_code in {200, 403, 404, 405, 503}, answer.content[:500]
    assert b"Django REST framework" in answer.content


def csrf_token(page: bytes) -> str:
    return page.split(b'name="csrfmiddlewaretoken" value="')[1].split(b'"')[0].decode()


def test_upload_form_uploads(client: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(permissions=["admin"]))
    page = client.get("/package", {"format": "api"}, headers=HTML).content
    assert b'type="file"' in page
    file = BytesIO(model_package("forms/model", "1.0.0"))
    file.name = "model.zip"
    form = {
        "csrfmiddlewaretoken": csrf_token(page),
        "file": file,
        "name": "",
        "version": "",
        "description": "By a form.",
    }
    answer = client.post("/package", form, headers=HTML)
    assert answer.status_code == 200, answer.content
    assert Package.objects.filter(name="forms/model", version="1.0.0").exists()
    assert Job.objects.filter(name="forms/model", status="queued").exists()


def test_search_and_registration_forms_work() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(permissions=["admin"]))
    PackageFactory.create(name="forms/found")
    page = client.get("/packages", {"format": "api"}, headers=HTML).content
    form = {"csrfmiddlewaretoken": csrf_token(page), "name": "found", "version": "", "regex": "", "query": ""}
    assert b"forms/found" in client.post("/packages", form, headers=HTML).content
    account = {
        "csrfmiddlewaretoken": csrf_token(page),
        "username": "formed",
        "password": PASSWORD,
        "permissions": ["search"],
    }
    assert client.post("/user/register", account, headers=HTML).status_code == 201


def test_form_without_csrf_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(permissions=["admin"]))
    assert client.post("/packages", {"name": "found"}, headers=HTML).status_code == 403
