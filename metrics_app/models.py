"""What was measured, and from what."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from packages_app.models import Package


class Score(models.Model):
    """One metric of one package, with what it was computed from. `value` is null when unknown, never for zero."""

    class Status(models.TextChoices):
        MEASURED = "measured"
        VACUOUS = "vacuous"
        NOT_APPLICABLE = "not_applicable"
        UNAVAILABLE = "unavailable"
        ERROR = "error"

    package = models.ForeignKey(Package, models.CASCADE, related_name="scores")
    metric = models.CharField(max_length=40)
    value = models.FloatField(null=True)
    status = models.CharField(max_length=20, choices=Status)
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    flags = ArrayField(models.CharField(max_length=60), default=list)
    advice = models.TextField(blank=True)
    weight = models.FloatField(default=0)
    #: Seconds spent collecting and scoring.
    latency = models.FloatField(default=0)
    formula_version = models.IntegerField(default=1)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "metrics"
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["package", "metric"], name="metrics_package_metric"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) | models.Q(value__range=(0, 1)), name="metrics_value"
            ),
        ]
        # The other states are so frequent that a list of their newest needs no index.
        indexes = [models.Index(fields=["-id"], name="metrics_errors", condition=models.Q(status="error"))]

    def __str__(self) -> str:
        return f"{self.metric} {self.wire_value:g}"

    @property
    def wire_value(self) -> float:
        """The value as the API gives it: -1 for unknown."""
        return -1 if self.value is None else round(self.value, 4)


class CollectedEvidence(models.Model):
    """Everything the collectors found of a package: scores are recomputed from it without any network."""

    package = models.OneToOneField(Package, models.CASCADE, primary_key=True, related_name="collected_evidence")
    evidence = models.JSONField()
    collected_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "metric_evidence"

    def __str__(self) -> str:
        return f"Evidence of {self.package_id}"
