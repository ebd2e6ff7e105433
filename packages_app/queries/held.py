"""How much the registry holds."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from packages_app.models import Package


@dataclass(frozen=True)
class Held:
    """How many packages are published, and the size of their archives in bytes."""

    packages: int
    size_bytes: int


def held_by_kind() -> dict[str, Held]:
    """What is published, for every kind of package. Reads every package: not for every request."""
    ready = Package.objects.filter(status=Package.Status.READY).order_by()
    found = ready.values_list("kind").annotate(Count("pk"), Sum("size_bytes", default=0))
    return dict.fromkeys(Package.Kind.values, Held(0, 0)) | {kind: Held(count, size) for kind, count, size in found}
