"""The queues that django-q may use: tables of the database, or Amazon SQS where the workers are machines elsewhere."""

import os
import time
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django_q.brokers import Broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf

from registry_project import outbox

#: Long enough for a long poll; one that hangs is soon given up.
_PATIENCE = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2})
_TAKE = """
UPDATE django_q_ormq SET lock = clock_timestamp() + make_interval(secs => %s)
WHERE id IN (
    SELECT id FROM django_q_ormq WHERE key = %s AND lock < clock_timestamp()
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, payload
"""


class DatabaseQueue(ORM):  # type: ignore[misc]  # django-q is untyped
    """django-q's queue in the database, by the database's clock.

    By the clocks of the hosts, a task from one that runs an hour ahead would be invisible to the others for an hour.
    """

    def enqueue(self, task: str) -> int:
        return int(self.get_connection().create(key=self.list_key, payload=task, lock=Now()).pk)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Tasks as (id, task), nobody else's for Q_CLUSTER's `retry`; None where there were none."""
        self.get_connection()  # closes what became unusable
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [Conf.RETRY, self.list_key, Conf.BULK])
            taken = sorted(cursor.fetchall())
        if not taken:
            time.sleep(Conf.POLL)
        return taken or None


class SqsQueue(Broker):  # type: ignore[misc]  # django-q is untyped
    """Tasks as messages of the SQS queue that is named by the cluster. Raises the client's error where there is none.

    SQS can't join a transaction as the database's own queue does: a message sent inside one may be read before the job's
    row can be seen, and is sent though all is rolled back. So it goes by the outbox. The client and the queue's address
    are looked up once a process, where django-q's own broker does so for every task.
    """

    @staticmethod
    def get_connection(list_key: str = "") -> Any:  # noqa: ARG004 - django-q's signature
        return _client(os.getpid())

    @property
    def _url(self) -> str:
        return _queue_url(self.list_key, os.getpid())

    def enqueue(self, task: str) -> None:
        outbox.post(task, send=self.send)

    def send(self, tasks: Mapping[int, str]) -> Collection[int]:
        """Send up to outbox.BATCH tasks: the ids of those that SQS has taken. Raises the client's errors."""
        entries = [{"Id": str(number), "MessageBody": task} for number, task in tasks.items()]
        answer = self.connection.send_message_batch(QueueUrl=self._url, Entries=entries)
        return [int(taken["Id"]) for taken in answer.get("Successful", [])]

    def dequeue(self) -> list[tuple[str, str]] | None:
        """Messages as (handle, task), hidden from other workers for Q_CLUSTER's `retry`; None where none came in time."""
        answer = self.connection.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=Conf.BULK,
            VisibilityTimeout=Conf.RETRY,
            WaitTimeSeconds=Conf.SQS["receive_message_wait_time_seconds"],
        )
        return [(message["ReceiptHandle"], message["Body"]) for message in answer.get("Messages", [])] or None

    def delete(self, task_id: str) -> None:
        self.connection.delete_message(QueueUrl=self._url, ReceiptHandle=task_id)

    def acknowledge(self, task_id: str) -> None:
        self.delete(task_id)

    def fail(self, task_id: str) -> None:
        self.delete(task_id)

    def queue_size(self) -> int:
        return self._counted("ApproximateNumberOfMessages")

    def lock_size(self) -> int:
        return self._counted("ApproximateNumberOfMessagesNotVisible")

    def _counted(self, what: str) -> int:
        answer = self.connection.get_queue_attributes(QueueUrl=self._url, AttributeNames=[what])
        return int(answer["Attributes"][what])

    def ping(self) -> bool:
        return bool(self._url)

    def info(self) -> str:
        return "Amazon SQS"


@lru_cache(maxsize=2)
def _client(_pid: int) -> Any:
    """A client of this process's own: one made before a fork would share its connections."""
    return boto3.client("sqs", region_name=Conf.SQS["aws_region"] or None, config=_PATIENCE)


@lru_cache(maxsize=2)
def _queue_url(name: str, pid: int) -> str:
    return str(_client(pid).get_queue_url(QueueName=name)["QueueUrl"])


def forward_tasks() -> int:
    """Send the tasks that wait in the outbox; how many. None wait where the queue is the database's."""
    return outbox.forward(SqsQueue(settings.SQS_QUEUE).send) if settings.SQS_QUEUE else 0
