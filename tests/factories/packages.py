"""Packages in the database, as published ones are, without files."""

from typing import Any
from uuid import uuid4

from django.contrib.postgres.search import SearchVector
from factory.declarations import LazyFunction, Sequence
from factory.django import DjangoModelFactory

from packages_app.domain.semver import sort_key
from packages_app.models import Card, Job, Package, Tally


class PackageFactory(DjangoModelFactory[Package]):
    """A ready package; `card="…"` gives it a model card, `status="pending"` leaves it unpublished."""

    class Meta:
        model = Package

    name = Sequence(lambda number: f"org/model-{number}")  # type: ignore[no-untyped-call]  # as below
    version = "1.0.0"
    kind = Package.Kind.MODEL
    status = Package.Status.READY
    size_bytes = 1
    sha256 = LazyFunction(lambda: uuid4().hex * 2)  # type: ignore[no-untyped-call]  # factory-boy leaves it untyped

    @classmethod
    def _create(
        cls, model_class: type[Package], *args: Any, card: str = "", description: str = "", **kwargs: Any
    ) -> Package:
        kwargs.setdefault("version_key", sort_key(kwargs["version"]))
        package = model_class.objects.create(*args, **kwargs)
        words = Card.objects.create(package=package, text=card, description=description)
        Card.objects.filter(pk=words.pk).update(search=SearchVector("text", "description", config="english"))
        Tally.objects.create(package=package)
        package.refresh_from_db()
        return package


class JobFactory(DjangoModelFactory[Job]):
    class Meta:
        model = Job

    kind = Job.Kind.UPLOAD
