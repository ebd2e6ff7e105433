"""A package's policy and what it said."""

from django.db.models import QuerySet

from packages_app.errors import PolicyNotFound
from packages_app.models import Download, Package, Policy, PolicyVerdict


def policy_of(package: Package) -> Policy:
    """Raises PolicyNotFound."""
    policy = Policy.objects.select_related("updated_by").filter(package=package).first()
    if policy is None:
        raise PolicyNotFound("The package has no policy; PUT one to this address.")
    return policy


def verdicts_of(package: Package) -> QuerySet[PolicyVerdict]:
    """What the package's policies said, newest first."""
    return PolicyVerdict.objects.filter(package=package)


def newest_downloads(package: Package, count: int) -> tuple[list[Download], int]:
    """The newest `count` requests for a package, granted and refused, and how many there are in all."""
    rows = Download.objects.filter(package=package)
    return list(rows.select_related("user")[:count]), rows.count()
