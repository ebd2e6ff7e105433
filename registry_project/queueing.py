"""The queue on Amazon SQS, for django-q: the workers are other machines than those that take the requests."""

import os
from functools import lru_cache
from typing import Any

import boto3
from django.db import transaction
from django_q.brokers import Broker
from django_q.conf import Conf


class SqsQueue(Broker):  # type: ignore[misc]  # django-q is untyped
    """Tasks as messages of the SQS queue that is named by the cluster. Raises the client's error where there is none.

    SQS can't join a transaction as the database's own queue does: a message sent inside one may be read before the job's
    row can be seen, and is sent though all is rolled back. So it is sent after the commit; a process that dies between
    the two leaves a queued job without a message. The client and the queue's address are looked up once a process, where
    django-q's own broker does so for every task.
    """

    @staticmethod
    def get_connection(list_key: str = "") -> Any:  # noqa: ARG004 - django-q's signature
        return _client(os.getpid())

    @property
    def _url(self) -> str:
        return _queue_url(self.list_key, os.getpid())

    def enqueue(self, task: str) -> None:
        transaction.on_commit(lambda: self.connection.send_message(QueueUrl=self._url, MessageBody=task))

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
    return boto3.client("sqs", region_name=Conf.SQS["aws_region"] or None)


@lru_cache(maxsize=2)
def _queue_url(name: str, pid: int) -> str:
    return str(_client(pid).get_queue_url(QueueName=name)["QueueUrl"])
