"""What the registry as a whole keeps, beside what its apps do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Activity(models.Model):
    """The requests of one minute of the database's clock, over all processes of all hosts."""

    minute = models.DateTimeField(primary_key=True)
    failed = models.IntegerField()
    #: How many took how long, as registry_project.watching.durations has it; their sum is the number of requests.
    durations = ArrayField(models.IntegerField())

    class Meta:
        db_table = "activity"

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}"


class OutboxTask(models.Model):
    """A task of a queue that can't join our transactions, written in the one that it belongs to; sent, it goes."""

    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    #: Until then whoever took it to send it has it; after that, it died.
    taken_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox"

    def __str__(self) -> str:
        return f"task {self.pk}"
