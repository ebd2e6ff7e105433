"""One package of the demonstration from upload to ratings, and what is said about it."""

import hashlib
import time
from collections.abc import Callable, Mapping

from demo.client import Held, Refused, Registry, Upload
from demo.family import UPLOADER, Package

_JOB_SECONDS = 300
_POLL_SECONDS = (0.1, 2.0)

Say = Callable[[str], None]


class NotPublished(Exception):
    """The registry didn't publish a package; `str(error)` says why."""


def fill_in(package: Package, admin: Registry, people: Mapping[str, Registry], watch: Say) -> str:
    """Upload `package` unless it is there, let people rate and download it; what happened, in a few words.

    The administrator uploads where the uploader can't sign in. `watch` is told how far the work is.
    Raises NotPublished, Refused and Unreachable.
    """
    uploader = people.get(UPLOADER, admin)
    archive = package.archive()
    held = uploader.find(package.name, package.version)
    if held is not None:
        return _already_there(held, archive)
    watch("uploading")
    try:
        job_id, package_id = uploader.upload(_upload_of(package, archive))
    except Refused as refused:
        if refused.code == "name_taken":
            return "already there, not published yet"
        raise
    _wait(uploader, job_id, watch)
    watch("rating and downloading")
    rest = _enjoyed(package, package_id, people)
    score = uploader.net_score(package_id)
    rated = "too little is known for a net score" if score is None else f"net score {score:.2f}"
    return f"published, {rated}{rest}"


def _upload_of(package: Package, archive: bytes) -> Upload:
    fields = {"name": package.name, "version": package.version, "description": package.description}
    if package.policy is not None:
        fields["is_sensitive"] = "true"
    filename = f"{package.name.rpartition('/')[2]}-{package.version}.zip"
    return Upload(filename, archive, fields, package.policy)


def _already_there(held: Held, archive: bytes) -> str:
    same = held.sha256 == hashlib.sha256(archive).hexdigest()
    return "already there" if same else "already there, with other bytes than these"


def _wait(registry: Registry, job_id: str, watch: Say) -> None:
    pause, longest = _POLL_SECONDS
    deadline = time.monotonic() + _JOB_SECONDS
    while time.monotonic() < deadline:
        job = registry.job(job_id)
        if job.status == "succeeded":
            return
        if job.is_over:
            raise NotPublished(f"{job.status}: {job.error}")
        watch(f"{job.stage or job.status} {job.progress:.0%}")
        time.sleep(pause)
        pause = min(longest, pause * 1.5)
    raise NotPublished(f"still not done after {_JOB_SECONDS} seconds; is the worker running?")


def _enjoyed(package: Package, package_id: str, people: Mapping[str, Registry]) -> str:
    """Rate and download; a clause on the downloads that the package's policy refused."""
    for username, stars in package.stars.items():
        if username in people:
            people[username].rate(package_id, stars)
    refusals = 0
    for username, times in package.downloads.items():
        for _ in range(times if username in people else 0):
            try:
                people[username].download(package_id)
            except Refused as refused:
                if refused.code != "policy_rejected":
                    raise
                refusals += 1
    return f", {refusals} download{'s'[: refusals != 1]} refused" if refusals else ""
