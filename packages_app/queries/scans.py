"""What the scan found in a whole package, for whoever is about to download it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When

from packages_app.models import File, Package

_TOLD = 20
_WORST_FIRST = (File.Verdict.MALICIOUS, File.Verdict.SUSPICIOUS, File.Verdict.NOT_SCANNED)


@dataclass(frozen=True)
class Scanned:
    """The worst verdict, and findings with their files."""

    verdict: str
    findings: Sequence[str]


def scan_of_package(package: Package) -> Scanned:
    """The worst verdict on any of its files, and what was found in the worst twenty."""
    rank = Case(
        *(When(verdict=verdict, then=Value(number)) for number, verdict in enumerate(_WORST_FIRST)),
        output_field=IntegerField(),
    )
    files = File.objects.filter(package=package).exclude(verdict=File.Verdict.CLEAN)
    worst = list(files.order_by(rank, "path").values_list("path", "verdict", "findings")[:_TOLD])
    findings = [f"{path}: {finding}" for path, _, found in worst for finding in found]
    return Scanned(worst[0][1] if worst else File.Verdict.CLEAN.value, findings[:_TOLD])
