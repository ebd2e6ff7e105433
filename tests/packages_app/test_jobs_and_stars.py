"""Lists of jobs, and a package's stars as one user sees them."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from packages_app.models import Job
from tests.factories.accounts import UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.mark.parametrize(
    ("username", "query", "listed"),
    [
        ("ann", "", ["ann's new", "ann's old"]),
        ("ann", "?mine=true", ["ann's new", "ann's old"]),
        ("ann", "?under_way=true", ["ann's new"]),
        ("ann", "?limit=1", ["ann's new"]),
        ("ann", "?offset=1", ["ann's old"]),
        ("admin", "", ["bob's", "ann's new", "ann's old"]),
        ("admin", "?under_way=true", ["bob's", "ann's new"]),
        ("admin", "?mine=true", []),
    ],
)
def test_jobs_are_listed_to_who_asked_for_them(client: Client, username: str, query: str, listed: list[str]) -> None:
    users = {
        "ann": UserFactory.create(username="ann"),
        "bob": UserFactory.create(username="bob"),
        "admin": UserFactory.create(username="admin", permissions=["admin"]),
    }
    Job.objects.create(kind="upload", owner=users["ann"], name="ann's old", status="succeeded")
    Job.objects.create(kind="upload", owner=users["ann"], name="ann's new", status="running")
    Job.objects.create(kind="ingest", owner=users["bob"], name="bob's")
    answer = client.get(f"/jobs{query}", headers=calling(users[username])).json()
    assert [job["name"] for job in answer["jobs"]] == listed


@pytest.mark.parametrize("query", ["mine=perhaps", "under_way=x", "limit=0"])
def test_a_bad_filter_is_refused(client: Client, query: str) -> None:
    response = client.get(f"/jobs?{query}", headers=calling(UserFactory.create()))
    assert (response.status_code, list(response.json()["errors"])) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_list_of_jobs_costs_three_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, jobs: int
) -> None:
    user = UserFactory.create()
    for _ in range(jobs):
        Job.objects.create(kind="upload", owner=user)
    headers = calling(user)
    with django_assert_num_queries(3):
        assert client.get("/jobs", headers=headers).json()["total"] == jobs


def test_stars_are_the_average_and_ones_own(client: Client) -> None:
    ann, bob, package = UserFactory.create(), UserFactory.create(), PackageFactory.create()
    path = f"/package/{package.pk}/rate"
    assert client.get(path, headers=calling(ann)).json() == {"average": None, "count": 0, "score": None}
    client.put(path, {"score": 2}, JSON, headers=calling(bob))
    assert client.get(path, headers=calling(ann)).json() == {"average": 2, "count": 1, "score": None}
    client.put(path, {"score": 5}, JSON, headers=calling(ann))
    assert client.get(path, headers=calling(ann)).json() == {"average": 3.5, "count": 2, "score": 5}


def test_a_package_that_is_not_there_has_no_stars(client: Client) -> None:
    headers = calling(UserFactory.create())
    assert client.get("/package/00000000-0000-0000-0000-000000000000/rate", headers=headers).status_code == 404
