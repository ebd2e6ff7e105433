"""What reading costs: queries counted, the call's spending included."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lineage_app.models import Edge
from metrics_app.models import Score
from packages_app.models import File, Rating
from tests.factories.accounts import UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def test_metadata_takes_two_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = UserFactory.create()
    parent = PackageFactory.create(name="org/parent")
    package = PackageFactory.create(name="org/child", uploader=user, card="Words.", is_sensitive=True)
    Edge.objects.create(package=package, parent=parent, parent_name="org/parent", source="README.md")
    Edge.objects.create(package=package, parent_name="org/elsewhere", source="README.md")
    Score.objects.create(package=package, metric="ramp_up", value=0.5, status="measured", flags=["few_words"])
    Score.objects.create(package=package, metric="bus_factor", status="unavailable", reason="No token.")
    Rating.objects.create(package=package, user=user, score=4)
    File.objects.create(
        package=package, path="a.pkl", size=1, sha256="b" * 64, offset=0, compressed_size=1, compression="stored",
        verdict="suspicious", findings=["os.system"],
    )  # fmt: skip
    headers = calling(user)

    with django_assert_num_queries(2):
        metadata = client.get(f"/package/{package.pk}/metadata", headers=headers).json()

    assert metadata["metrics"] == {
        "ramp_up": {"value": 0.5, "status": "measured", "reason": "", "latency": 0},
        "ramp_up_latency": 0,
        "bus_factor": {"value": -1, "status": "unavailable", "reason": "No token.", "latency": 0},
        "bus_factor_latency": 0,
    }
    assert metadata["flags"] == ["few_words", "sensitive", "suspicious"]
    assert [(one["name"], one["version"], one["resolved"]) for one in metadata["dependencies"]] == [
        ("org/parent", "1.0.0", True),
        ("org/elsewhere", "", False),
    ]
    assert metadata["files"] == [
        {
            "path": "a.pkl",
            "size": 1,
            "sha256": "b" * 64,
            "is_weight": False,
            "scan": {"verdict": "suspicious", "findings": ["os.system"]},
        }
    ]
    assert (metadata["net_score"], metadata["average_rating"], metadata["uploader"]) == (-1, None, user.username)


def test_search_page_costs_the_same_for_one_and_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    headers = calling(UserFactory.create())
    PackageFactory.create_batch(7)
    with django_assert_num_queries(2):  # the call, the page, which is the last and so tells the total
        client.post("/packages", {"name": "model"}, content_type="application/json", headers=headers)
