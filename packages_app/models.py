"""What the registry keeps of a package. Fields, constraints and cheap properties; services write, queries read."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now, Upper

from accounts_app.models import UUIDv7
from accounts_app.request_ids import current_request_id


class Identified(models.Model):
    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)

    class Meta:
        abstract = True


class Package(Identified):
    """One version of one name. Narrow on purpose: what is long stands in `Card`, what changes often in `Tally`."""

    class Status(models.TextChoices):
        PENDING = "pending"
        READY = "ready"

    class Kind(models.TextChoices):
        MODEL = "model"
        NPM = "npm"

    name = models.CharField(max_length=255)
    version = models.CharField(max_length=64)
    #: Sorts bytewise as versions do (semver precedence); null when the version is no number.
    version_key = models.CharField(max_length=1000, null=True, db_collation="C")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="packages")
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    license = models.CharField(max_length=255, blank=True)
    is_sensitive = models.BooleanField(default=False)
    net_score = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "packages"
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="packages_name_version")]
        indexes = [
            GinIndex(OpClass("name", "gin_trgm_ops"), name="packages_name_trigrams"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="packages_upper_name_trigrams"),
            models.Index(fields=["version"], name="packages_version"),
            models.Index(fields=["version_key"], name="packages_version_key"),
            models.Index(fields=["sha256"], name="packages_sha256"),
            models.Index(models.F("net_score").desc(nulls_last=True), models.F("id").desc(), name="packages_net_score"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def prefix(self) -> str:
        """The folder of this package's objects."""
        return f"{self.name}/{self.version}"

    @property
    def object_key(self) -> str:
        return f"{self.prefix}/package.zip"

    @property
    def policy_key(self) -> str:
        """The key of its policy's object, where it has one."""
        return f"{self.prefix}/js_policy.js"


class Card(models.Model):
    """The words of a package: description, model card, and what full-text search looks through."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True)
    description = models.TextField(blank=True)
    text = models.TextField(blank=True)
    search = SearchVectorField(null=True)

    class Meta:
        db_table = "package_cards"
        indexes = [
            GinIndex(fields=["search"], name="package_cards_search"),
            GinIndex(OpClass("text", "gin_trgm_ops"), name="package_cards_trigrams"),
        ]

    def __str__(self) -> str:
        return f"Card of {self.package_id}"


class Tally(models.Model):
    """What is counted about a package, apart from it so that counting rewrites no index of the search."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True)
    downloads = models.BigIntegerField(default=0, db_index=True)
    rating_sum = models.BigIntegerField(default=0)
    rating_count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "package_tallies"

    def __str__(self) -> str:
        return f"Tally of {self.package_id}"


class File(models.Model):
    """One member of a package's archive, and where its bytes lie: enough to serve it without unpacking."""

    class Verdict(models.TextChoices):
        CLEAN = "clean"
        SUSPICIOUS = "suspicious"
        MALICIOUS = "malicious"
        NOT_SCANNED = "not_scanned"

    package = models.ForeignKey(Package, models.CASCADE, related_name="files")
    path = models.CharField(max_length=1024)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    offset = models.BigIntegerField()
    compressed_size = models.BigIntegerField()
    compression = models.CharField(max_length=10)
    is_weight = models.BooleanField(default=False)
    #: The object that holds this file alone, where it has one (weights and config.json).
    object_key = models.CharField(max_length=600, null=True)
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.NOT_SCANNED)
    findings = models.JSONField(default=list)

    class Meta:
        db_table = "package_files"
        ordering = ("path",)
        constraints = [models.UniqueConstraint(fields=["package", "path"], name="package_files_path")]
        indexes = [
            models.Index(fields=["sha256"], name="package_files_weight_sha256", condition=models.Q(is_weight=True)),
            models.Index(
                fields=["object_key"], name="package_files_object", condition=models.Q(object_key__isnull=False)
            ),
            models.Index(
                fields=["verdict", "package"],
                name="package_files_flagged",
                condition=models.Q(verdict__in=["suspicious", "malicious"]),
            ),
        ]

    def __str__(self) -> str:
        return self.path


class Job(Identified):
    """Long work on one package, for people to watch: what it is doing, how far it is, how it ended."""

    class Kind(models.TextChoices):
        UPLOAD = "upload"
        INGEST = "ingest"
        RESCORE = "rescore"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        REJECTED = "rejected"
        UNAVAILABLE = "unavailable"
        FAILED = "failed"

    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(default=0)
    #: What the stage is at, for people: "3 of 12 files, 1.2 of 4.5 GB".
    activity = models.CharField(max_length=120, blank=True)
    package = models.ForeignKey(Package, models.SET_NULL, null=True, related_name="jobs")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="jobs")
    name = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=64, blank=True)
    staging_key = models.CharField(max_length=100, blank=True)
    request = models.JSONField(default=dict)
    #: Of the request that asked for it, to find its lines in the logs by.
    request_id = models.CharField(max_length=64, blank=True, default=current_request_id, db_default="")
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    scores = models.JSONField(null=True)
    failed_metrics = ArrayField(models.CharField(max_length=40), default=list)
    attempts = models.IntegerField(default=0)
    #: Grows with every claim; a worker whose number is no longer this one has lost the job.
    fence = models.IntegerField(default=0)
    #: When the sweeper looks after it: a running one's worker is dead then, a queued one's message lost or its pause over.
    lease_until = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs"
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="jobs_open",
                condition=models.Q(status__in=["queued", "running"]),
            ),
            models.Index(fields=["status", "-id"], name="jobs_status"),
            models.Index(fields=["staging_key"], name="jobs_staging", condition=~models.Q(staging_key="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.version}".strip()

    @property
    def is_over(self) -> bool:
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}


class Worker(models.Model):
    """A host whose workers live, and when they were last heard of."""

    host = models.CharField(max_length=255, primary_key=True)
    seen_at = models.DateTimeField(db_default=Now())
    #: When leftovers were last looked for there.
    swept_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "workers"

    def __str__(self) -> str:
        return self.host


class MultipartUpload(Identified):
    """A large file on its way in, part by part, and what its sender says about the package."""

    class Status(models.TextChoices):
        OPEN = "open"
        #: All parts are there; their bytes are being made one object, or are one.
        WHOLE = "whole"
        ACCEPTED = "accepted"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="multipart_uploads")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    #: What the storage itself calls the upload; empty where it has no name of its own for it.
    storage_id = models.CharField(max_length=1024, blank=True)
    size_bytes = models.BigIntegerField()
    part_bytes = models.BigIntegerField()
    #: Of the whole file and of each part, as the sender declares them; empty where nothing was declared.
    sha256 = models.CharField(max_length=64, blank=True)
    part_sha256s = ArrayField(models.CharField(max_length=64), default=list)
    labels = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="multipart_uploads")
    created_at = models.DateTimeField(db_default=Now())
    #: When its sender was last heard of; a day later it counts as abandoned.
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "multipart_uploads"
        indexes = [
            models.Index(fields=["owner", "sha256"], name="multipart_uploads_resume"),
            models.Index(fields=["touched_at"], name="multipart_uploads_touched"),
        ]

    def __str__(self) -> str:
        return f"{self.size_bytes:,} B in parts"

    @property
    def object_key(self) -> str:
        """Where its bytes are once they are one object."""
        return f"staging/{self.pk}"


class UploadPart(models.Model):
    """One part of an upload to local storage. S3 keeps account of its parts itself."""

    upload = models.ForeignKey(MultipartUpload, models.CASCADE, related_name="parts")
    number = models.IntegerField()
    #: Grows with every request that sends the part; only the newest counts.
    turn = models.IntegerField(default=1)
    #: Of the bytes that came; empty until all of them did.
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "multipart_upload_parts"
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="multipart_upload_parts_number")]

    def __str__(self) -> str:
        return f"part {self.number}"


class RetiredVersion(models.Model):
    """A deleted name and version, which comes back only with the same bytes."""

    name = models.CharField(max_length=255)
    version = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    retired_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "retired_versions"
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="retired_versions_name_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Origin(models.Model):
    """Where an ingested package's bytes came from: one revision of one repository or npm package, unchanging."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True, related_name="origin")
    provider = models.CharField(max_length=20)
    identity = models.CharField(max_length=255)
    revision = models.CharField(max_length=64)

    class Meta:
        db_table = "package_origins"

    def __str__(self) -> str:
        return f"{self.provider} {self.identity} {self.revision}"


class Waiver(models.Model):
    """A metric that an administrator let pass when the package was ingested, and why."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="waivers")
    metric = models.CharField(max_length=40)
    reason = models.TextField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "package_waivers"
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["package", "metric"], name="package_waivers_metric")]

    def __str__(self) -> str:
        return f"{self.metric} waived: {self.reason}"


class Rating(models.Model):
    """One user's stars for one package."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="ratings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings")
    score = models.SmallIntegerField()
    timestamp = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ratings"
        constraints = [
            models.UniqueConstraint(fields=["package", "user"], name="ratings_package_user"),
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="ratings_score"),
        ]

    def __str__(self) -> str:
        return f"{self.score} stars"


class Download(Identified):
    """One request for a package's bytes, granted or refused."""

    class Kind(models.TextChoices):
        FULL = "full"
        WEIGHTS = "weights"

    class Outcome(models.TextChoices):
        APPROVED = "approved"
        REFUSED = "refused"

    package = models.ForeignKey(Package, models.CASCADE, related_name="download_history", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="downloads")
    timestamp = models.DateTimeField(db_default=Now(), db_index=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    file = models.CharField(max_length=1024, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "download_history"
        ordering = ("-id",)
        indexes = [models.Index(fields=["package", "-id"], name="download_history_package")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class HeldName(models.Model):
    """A name that packages were published under, in the order of the first of them, and the keys to find it by.

    It stays when its packages are deleted, since nobody else gets the name. `keys` are those of
    packages_app.domain.similarity_keys.
    """

    name = models.CharField(max_length=255)
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "held_names"
        constraints = [models.UniqueConstraint(fields=["name"], name="held_names_name")]
        # Without the list of pending entries, which every lookup would have to read through.
        indexes = [GinIndex(fields=["keys"], name="held_names_keys", fastupdate=False)]

    def __str__(self) -> str:
        return self.name


class HeldOwner(models.Model):
    """What stands before the slash of held names, an `@` included, with one of these names to show for it."""

    owner = models.CharField(max_length=255)
    example = models.ForeignKey(HeldName, models.CASCADE, related_name="+")
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "held_owners"
        constraints = [models.UniqueConstraint(fields=["owner"], name="held_owners_owner")]
        indexes = [GinIndex(fields=["keys"], name="held_owners_keys", fastupdate=False)]

    def __str__(self) -> str:
        return self.owner


class CardPrint(models.Model):
    """What nearly the same model cards find one another by: the bands of packages_app.domain.card_prints."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True)
    bands = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "card_prints"
        indexes = [GinIndex(fields=["bands"], name="card_prints_bands", fastupdate=False)]

    def __str__(self) -> str:
        return f"Print of {self.package_id}"


class Policy(models.Model):
    """The script that decides over every download of a sensitive package. The row is what is run; the object a copy."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True)
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64, default="UTC")
    updated_at = models.DateTimeField(db_default=Now())
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    #: Decisions in a row that took too long; enough of them suspend the policy.
    timeouts = models.IntegerField(default=0)
    suspended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "policies"
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"Policy of {self.package}"


class PolicyVerdict(Identified):
    """What a policy said to one download, with everything it was told: enough to ask it the same again."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="policy_verdicts", db_index=False)
    download = models.OneToOneField(Download, models.CASCADE, related_name="policy_verdict")
    policy_sha256 = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64)
    model_name = models.CharField(max_length=255)
    uploader = models.CharField(max_length=150)
    downloader = models.CharField(max_length=150)
    zip_path = models.CharField(max_length=600)
    now = models.DateTimeField()
    code = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    duration_ms = models.FloatField()
    #: By layer, "held" or what was missing; empty where no process was started.
    lockdown = models.JSONField(default=dict)

    class Meta:
        db_table = "policy_verdicts"
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["package", "-id"], name="policy_verdicts_package"),
            models.Index(fields=["code", "-id"], name="policy_verdicts_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} for {self.downloader or 'somebody'}"


class ConfusionFinding(Identified):
    """A reason to think that a package could be taken for another, and what an administrator thinks of it."""

    class Severity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"

    package = models.ForeignKey(Package, models.CASCADE, related_name="confusion_findings")
    lookalike = models.ForeignKey(Package, models.SET_NULL, null=True, related_name="+")
    suspicious_pattern = models.CharField(max_length=255)
    severity = models.CharField(max_length=20, choices=Severity)
    details = models.JSONField(default=dict)
    detected_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "package_confusion_audit"
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["severity", "-id"], name="confusion_severity"),
            models.Index(fields=["state", "-id"], name="confusion_state"),
        ]

    def __str__(self) -> str:
        return self.suspicious_pattern

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        return str(self.details.get("reason", ""))
