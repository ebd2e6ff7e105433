"""Ingest from the command line: the same jobs as the API's, with their progress shown."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app.models import Job
from packages_app.queries.work import queue_state
from packages_app.services.ingest import accept_ingest
from packages_app.services.jobs import retry_job

_LOOK_SECONDS = 0.3
_SILENT_SECONDS = 30
_BAR_WIDTH = 24
_MOST_PARENTS = 100


class Command(BaseCommand):
    help = (
        "Ingest models from Hugging Face and packages from npm. The registry has to be running: its worker does the work. "
        "Exit status 0 when everything was accepted (with --wait: kept), else 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "urls", nargs="*", metavar="URL", help="a model's or package's page, or a package URL (pkg:…)"
        )
        parser.add_argument("--from-file", metavar="LIST", type=Path, help="more URLs, one a line; # begins a comment")
        parser.add_argument("--as", dest="username", metavar="USER", help="who ingests (the first administrator)")
        parser.add_argument(
            "--waive", action="append", default=[], metavar="METRIC=REASON", help="need not pass; repeatable"
        )
        parser.add_argument("--wait", action="store_true", help="watch the jobs until they are over")
        parser.add_argument(
            "--with-parents", action="store_true", help="where a model's parents are missing, ingest them first; waits"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *_: Any, urls: list[str], from_file: Path | None, **options: Any) -> None:
        wanted = [*urls, *(_lines(from_file) if from_file else ())]
        if not wanted:
            raise CommandError("Name at least one URL, or a file of them with --from-file.")
        self.owner = _user(options["username"] or settings.ADMIN_USERNAME)
        self.waived = dict(_waiver(text) for text in options["waive"])
        self.is_json, self.asked = options["json"], set[str]()
        if options["wait"] or options["with_parents"]:
            try:
                outcomes = self._followed(wanted, with_parents=options["with_parents"])
            except KeyboardInterrupt:
                self.stderr.write("\nThe jobs are watched no longer; they go on.")
                raise
        else:
            outcomes = [self._begun(url) for url in wanted]
        if self.is_json:
            self.stdout.write(json.dumps(outcomes, indent=2))
        bad = [one for one in outcomes if one["status"] not in {"queued", "running", "succeeded"}]
        if bad:
            raise CommandError(f"{len(bad)} of {len(outcomes)} were not ingested.")

    def _begun(self, url: str) -> dict[str, Any]:
        """The job of `url`, started now; told once."""
        try:
            job = accept_ingest(owner=self.owner, url=url, waived=self.waived)
        except Refused as refused:
            outcome = {"url": url, "status": "refused", "error": {"detail": refused.detail, "code": refused.code}}
        else:
            outcome = _outcome(url, job)
        self._say(outcome)
        return outcome

    def _followed(self, urls: Sequence[str], *, with_parents: bool) -> list[dict[str, Any]]:
        """Every job to its end; all of them are started first, so that several workers have work."""
        started = [self._begun(url) for url in urls]
        outcomes = []
        for begun in started:
            outcome = self._watched(begun)
            if with_parents:
                outcomes += self._parents_of(outcome)
                if outcome["status"] == "unavailable" and outcome["parents"]:
                    retry_job(job_id=outcome["job_id"])
                    outcome = self._watched(outcome)
            outcomes.append(outcome)
        return outcomes

    def _parents_of(self, outcome: dict[str, Any]) -> list[dict[str, Any]]:
        """The parents that the registry lacks, ingested with theirs; each name once, whatever circle they make."""
        missing = [name for name in outcome.get("parents", ()) if name not in self.asked]
        self.asked.update(missing)
        if len(self.asked) > _MOST_PARENTS:
            raise CommandError(f"There are more than {_MOST_PARENTS} parents; ingest them by themselves first.")
        urls = [f"pkg:huggingface/{quote(name)}" for name in missing]
        return self._followed(urls, with_parents=True) if urls else []

    def _watched(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """The outcome of a job, once it is over."""
        if "job_id" not in outcome:
            return outcome
        waited = 0.0
        while not (job := Job.objects.get(pk=outcome["job_id"])).is_over:
            self._draw(job)
            time.sleep(_LOOK_SECONDS)
            waited += _LOOK_SECONDS
            silent = queue_state().silent_seconds
            if waited > _SILENT_SECONDS and (silent is None or silent > _SILENT_SECONDS):
                raise CommandError("No worker is running; start the registry with: manage.py serve")
        over = _outcome(outcome["url"], job)
        self._clear()
        self._say(over)
        return over

    def _draw(self, job: Job) -> None:
        if self.is_json or not self.stdout.isatty():
            return
        full = round(job.progress * _BAR_WIDTH)
        bar = "█" * full + "·" * (_BAR_WIDTH - full)
        line = f"{job.name} [{bar}] {job.progress:4.0%} {job.stage or job.status} {job.activity}"
        self.stdout.write(f"\r\x1b[2K{line[:118]}", ending="")
        self.stdout.flush()

    def _clear(self) -> None:
        if not self.is_json and self.stdout.isatty():
            self.stdout.write("\r\x1b[2K", ending="")

    def _say(self, outcome: dict[str, Any]) -> None:
        if self.is_json:
            return
        what = " ".join(str(outcome.get(key) or "") for key in ("name", "version")).strip() or outcome["url"]
        line = f"{what}: {outcome['status']}"
        if outcome.get("error"):
            self.stderr.write(f"{line}: {outcome['error']['detail']}")
        else:
            self.stdout.write(f"{line} (job {outcome['job_id']})")


def _outcome(url: str, job: Job) -> dict[str, Any]:
    """What became of a job, as far as it is; `parents`: names of those that the registry does not hold."""
    scores = job.scores or {}
    declared = scores.get("tree_score", {}).get("evidence", {}).get("parents", [])
    return {
        "url": url,
        "job_id": str(job.pk),
        "status": str(job.status),
        "package_id": str(job.package_id) if job.package_id else None,
        "name": job.name,
        "version": job.version,
        "error": {"detail": job.error_detail, "code": job.error_code} if job.error_code else None,
        "scores": {metric: score["value"] for metric, score in scores.items()},
        "failed_metrics": list(job.failed_metrics),
        "parents": [parent["name"] for parent in declared if parent["net_score"] is None],
    }


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The list {path} can't be read: {error}.") from error
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return (line for line in stripped if line)


def _user(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None or not user.may("upload"):
        raise CommandError(f"There is no user {username!r} who may upload; name one with --as.")
    return user


def _waiver(text: str) -> tuple[str, str]:
    metric, equals, reason = text.partition("=")
    if not equals:
        raise CommandError(f"Write --waive METRIC=REASON, not {text!r}.")
    return metric.strip(), reason.strip()
