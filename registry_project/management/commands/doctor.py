"""`manage.py doctor`: what is wrong with this registry, and what to do about it."""

import json
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry_project.doctor.examination import examine
from registry_project.doctor.finding import Finding

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Examine the registry: database against objects, jobs and workers, disk, clock, settings. Exit status 1 when "
        "something is wrong and stays so."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="read every object and compare its hash")
        parser.add_argument("--repair", action="store_true", help="do what is advised, where a program can")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")

    def handle(self, *_: Any, **options: Any) -> None:
        told = []
        for finding in examine(deep=options["deep"]):
            one = _told(finding, repaired=options["repair"] and _repair(finding))
            told.append(one)
            if not options["json"]:
                state = "repaired" if one["is_repaired"] else finding.advice
                self.stdout.write(f"{finding.check}: {finding.subject}: {finding.detail}. {state}")
        wrong = sum(not one["is_repaired"] for one in told)
        if options["json"]:
            self.stdout.write(json.dumps({"findings": told, "is_sound": wrong == 0}, indent=2))
        elif not told:
            self.stdout.write("nothing is wrong")
        elif wrong and not options["repair"] and any(one["is_repairable"] for one in told):
            self.stdout.write("`manage.py doctor --repair` does what a program can of this.")
        if wrong:
            raise SystemExit(1)


def _told(finding: Finding, *, repaired: bool) -> dict[str, Any]:
    return {
        "check": finding.check,
        "subject": finding.subject,
        "detail": finding.detail,
        "advice": finding.advice,
        "is_repairable": finding.repair is not None,
        "is_repaired": repaired,
    }


def _repair(finding: Finding) -> bool:
    """Whether what was wrong no longer is, as far as its repair can tell."""
    if finding.repair is None:
        return False
    try:
        finding.repair()
    except Exception:
        log.exception("%s could not be repaired", finding.subject)
        return False
    return True
