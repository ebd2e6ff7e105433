"""Score packages anew: from evidence collected again, or from what was stored when they were scored last."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from metrics_app.domain.result import METRICS
from metrics_app.models import Score
from metrics_app.queries import stale
from packages_app.errors import PackageNotFound
from packages_app.models import Package
from packages_app.queries.named import packages_named
from packages_app.services.jobs import queue_rescore
from registry_project.pipeline import replay


class Command(BaseCommand):
    help = (
        "Collect packages' evidence again and score it, by jobs for the running registry's workers; "
        "or, with --replay, compute the scores again at once from stored evidence, and print what moved."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("packages", nargs="*", metavar="NAME[@VERSION]", help="without a version, every version")
        parser.add_argument("--all", action="store_true", help="every package")
        parser.add_argument(
            "--stale", action="store_true", help="only those with old formulas, or evidence that could not be had"
        )
        parser.add_argument("--replay", action="store_true", help="from stored evidence, without asking anybody")

    def handle(self, *_: Any, packages: list[str], **options: Any) -> None:
        if bool(packages) == options["all"]:
            raise CommandError("Name packages, or give --all for every one.")
        count = 0
        for chosen in [_every()] if options["all"] else map(_named, packages):
            for package in (stale(chosen) if options["stale"] else chosen).iterator():
                if options["replay"]:
                    count += self._replay(package)
                else:
                    queue_rescore(package, recollect=True)
                    count += 1
        self.stdout.write(f"{count} {'replayed' if options['replay'] else 'queued for scoring'}")

    def _replay(self, package: Package) -> bool:
        """Print what moves. Whether anything was there to replay."""
        before = _values(package)
        if not replay(package):
            self.stdout.write(f"{package}: nothing stored that can be read; rescore it without --replay")
            return False
        after = _values(package)
        for metric in METRICS:
            if before.get(metric) != after.get(metric):
                moved = f"{_shown(before.get(metric))} → {_shown(after.get(metric))}"
                self.stdout.write(f"{package}: {metric} {moved}")
        return True


def _every() -> QuerySet[Package]:
    return Package.objects.filter(status=Package.Status.READY)


def _named(text: str) -> QuerySet[Package]:
    try:
        return packages_named(text)
    except PackageNotFound as error:
        raise CommandError(str(error)) from None


def _values(package: Package) -> dict[str, tuple[float | None, str]]:
    """By metric its value, as the API rounds it, and its status."""
    rows = Score.objects.filter(package=package)
    return {row.metric: (None if row.value is None else row.wire_value, row.status) for row in rows}


def _shown(score: tuple[float | None, str] | None) -> str:
    if score is None:
        return "none"
    value, status = score
    return status if value is None else f"{value:g}"
