"""Why a package has the scores it has, for people at a terminal."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from metrics_app.domain.result import METRICS
from metrics_app.models import Score
from metrics_app.queries import scores_of
from packages_app.errors import PackageNotFound
from packages_app.models import Package
from packages_app.queries.named import packages_named

ITEMS_SHOWN, CHARACTERS_SHOWN = 5, 160


class Command(BaseCommand):
    help = "Explain a package's scores: value, status, reason, evidence, weight, and what would raise each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", metavar="NAME[@VERSION]", help="without a version, the newest")

    def handle(self, *_: Any, package: str, **__: Any) -> None:
        try:
            newest = packages_named(package)[0]
        except PackageNotFound as error:
            raise CommandError(str(error)) from None
        for line in explanation(newest, scores_of(newest.pk)):
            self.stdout.write(line)


def explanation(package: Package, scores: dict[str, Score]) -> Iterator[str]:
    """The lines that tell people what `scores` say; strangers' words in them can't move the cursor."""
    net = scores.get("net_score")
    yield _safe(f"{package}: net score {_value(net) if net else 'not computed yet'}")
    for metric in METRICS:
        if metric in scores:
            yield ""
            yield from (_safe(line) for line in _of_one(scores[metric]))


def _of_one(score: Score) -> Iterator[str]:
    flags = f" · {', '.join(score.flags)}" if score.flags else ""
    weight = f" · weight {score.weight:g}" if score.weight else ""
    formula = f" · {score.latency:.2f} s · formula {score.formula_version} · {score.computed_at:%Y-%m-%d %H:%M} UTC"
    yield f"{score.metric:<22} {_value(score):>5} {score.status}{weight}{formula}{flags}"
    if score.reason:
        yield f"    {score.reason}"
    for key, found in score.evidence.items():
        if isinstance(found, list) and any(isinstance(item, dict) for item in found):
            yield f"    {key}:"
            yield from (f"      - {_short(item)}" for item in found[:ITEMS_SHOWN])
            if len(found) > ITEMS_SHOWN:
                yield f"      and {len(found) - ITEMS_SHOWN} more"
        else:
            yield f"    {key}: {_short(found)}"
    if score.advice:
        yield f"    What would raise it: {score.advice}"


def _value(score: Score) -> str:
    return "-" if score.value is None else f"{score.value:.2f}"


def _short(found: object) -> str:
    if isinstance(found, dict):
        text = ", ".join(f"{key} {_short(item)}" for key, item in found.items())
    else:
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return text if len(text) <= CHARACTERS_SHOWN else f"{text[: CHARACTERS_SHOWN - 1]}…"


def _safe(line: str) -> str:
    return "".join(one if one.isprintable() else " " for one in line)
