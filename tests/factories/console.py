"""Something in every list of the admin site, so that a look at all of them is a look at rows."""

from uuid import uuid4

from axes.models import AccessAttempt
from django.utils import timezone

from accounts_app.audit import Action, record
from accounts_app.models import User
from lineage_app.models import Edge
from metrics_app.models import Score
from packages_app.models import (
    ConfusionFinding,
    Download,
    File,
    Job,
    Origin,
    Package,
    Policy,
    PolicyVerdict,
    Rating,
    RetiredVersion,
    Waiver,
)
from tests.factories.accounts import UserFactory, token_of
from tests.factories.packages import JobFactory, PackageFactory

_HASH = "a" * 64


def furnish(user: User) -> Package:
    """One more row of everything that the admin site shows; the package that most of it belongs to."""
    package = PackageFactory.create(uploader=user, name=f"org/model-{uuid4().hex[:8]}")
    _accounts(user)
    _belongings(package, user)
    _policy(package, user)
    _jobs(package, user)
    return package


def _accounts(user: User) -> None:
    token_of(UserFactory.create(username=f"user-{uuid4().hex[:8]}"))
    token_of(user)
    attempt = {"user_agent": "curl/8", "path_info": "/authenticate", "get_data": "", "post_data": "", "http_accept": ""}
    AccessAttempt.objects.create(
        username=f"nobody-{uuid4().hex[:8]}", ip_address="192.0.2.7", failures_since_start=5, **attempt
    )
    record(Action.SIGNED_IN, f"user {user.pk}", actor=user, address="192.0.2.7", door="/authenticate")
    record(Action.SIGN_IN_FAILED, "user nobody", address="192.0.2.8", door="/authenticate")


def _belongings(package: Package, user: User) -> None:
    parent = PackageFactory.create(name=f"org/base-{uuid4().hex[:8]}")
    File.objects.create(
        package=package, path="config.json", size=1, sha256=_HASH, offset=0, compressed_size=1, compression="stored"
    )
    Score.objects.create(
        package=package,
        metric="ramp_up",
        value=0.5,
        status="measured",
        reason="The card has half of what helps.",
        evidence={"sections": 3, "words": 120},
    )
    Edge.objects.create(package=package, parent=parent, parent_name=parent.name, source="README.md")
    Edge.objects.create(package=parent, parent=package, parent_name=package.name, source="README.md")
    Rating.objects.create(package=package, user=user, score=4)
    Origin.objects.create(package=package, provider="huggingface", identity=package.name, revision="b" * 40)
    Waiver.objects.create(package=package, metric="bus_factor", reason="One author, who is ours.", granted_by=user)
    RetiredVersion.objects.create(name=f"gone-{uuid4().hex[:8]}", version="1.0.0", sha256=_HASH)
    ConfusionFinding.objects.create(
        package=package,
        lookalike=parent,
        suspicious_pattern="typo",
        severity="high",
        details={"reason": f"'{package.name}' differs from '{parent.name}' in one letter.", "lookalike": parent.name},
    )


def _policy(package: Package, user: User) -> None:
    Policy.objects.create(package=package, source="function validateDownload() {}", sha256=_HASH, updated_by=user)
    download = Download.objects.create(
        package=package, user=user, kind="full", outcome="refused", reason="Only nobody may.", ip_address="192.0.2.7"
    )
    PolicyVerdict.objects.create(
        package=package,
        download=download,
        policy_sha256=_HASH,
        timezone="UTC",
        model_name=package.name,
        uploader=user.username,
        downloader=user.username,
        zip_path=package.object_key,
        now=timezone.now(),
        code="rejected",
        reason="Only nobody may.",
        duration_ms=9.5,
    )


def _jobs(package: Package, user: User) -> None:
    JobFactory.create(package=package, owner=user, status=Job.Status.SUCCEEDED, progress=1)
    JobFactory.create(
        kind=Job.Kind.INGEST,
        owner=user,
        status=Job.Status.REJECTED,
        name="org/poor",
        error_code="low_scores",
        error_detail="These scores are below 0.5: bus_factor 0.1, reviewedness 0.2.",
        failed_metrics=["bus_factor", "reviewedness"],
        request={"url": "https://huggingface.co/org/poor", "provider": "huggingface", "identity": "org/poor"},
    )
