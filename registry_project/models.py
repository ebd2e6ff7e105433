"""What the registry keeps that is no app's own: tasks on their way to a queue elsewhere."""

from django.db import models
from django.db.models.functions import Now


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
