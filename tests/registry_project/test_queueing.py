"""The queue on SQS behind its outbox, and the one in the database by the database's clock."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task
from pytest_django import Settings

from registry_project import outbox, queueing, sweeping
from registry_project.models import OutboxTask
from registry_project.outbox import Waiting
from registry_project.queueing import DatabaseQueue, SqsQueue, forward_tasks
from tests.servers.aws import Aws, aws

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "registry-tests-jobs"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Aws]:
    """SQS with one empty queue, and django-q told to use it."""
    with aws() as running:
        running.queues[NAME] = []
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(Conf, "SQS", {"aws_region": "", "receive_message_wait_time_seconds": 3})
        monkeypatch.setattr(Conf, "RETRY", 12 * 3600)
        monkeypatch.setattr(outbox, "_resumes", 0.0)
        settings.SQS_QUEUE = NAME
        yield running
        queueing._client.cache_clear()
        queueing._queue_url.cache_clear()


def test_a_task_is_sent_after_the_commit(services: Aws) -> None:
    with transaction.atomic():
        async_task("packages_app.services.sweep.sweep", broker=SqsQueue(NAME))
        assert services.queues[NAME] == []
    (message,) = services.queues[NAME]
    assert SignedPackage.loads(message)["func"] == "packages_app.services.sweep.sweep"


def test_a_task_of_a_transaction_rolled_back_is_never_sent(services: Aws) -> None:
    with transaction.atomic():
        SqsQueue(NAME).enqueue("task")
        transaction.set_rollback(True)
    assert (services.queues[NAME], OutboxTask.objects.count()) == ([], 0)


def test_what_was_sent_is_forgotten(services: Aws) -> None:
    with transaction.atomic():
        SqsQueue(NAME).enqueue("task")
        assert OutboxTask.objects.count() == 1
    assert (services.queues[NAME], OutboxTask.objects.count()) == (["task"], 0)


def test_tasks_of_one_transaction_go_in_batches_and_in_order(services: Aws) -> None:
    tasks = [f"task {number}" for number in range(25)]
    with transaction.atomic():
        for task in tasks:
            SqsQueue(NAME).enqueue(task)
    assert services.queues[NAME] == tasks
    assert services.calls.count("SendMessageBatch") == 3


def test_queue_that_is_away_loses_nothing_and_fails_nobody(services: Aws) -> None:
    services.away.add("SendMessageBatch")
    SqsQueue(NAME).enqueue("first")
    asked = len(services.calls)
    SqsQueue(NAME).enqueue("second")
    assert len(services.calls) == asked  # nobody waits for a queue that has just been away
    with pytest.raises(ClientError):
        forward_tasks()
    sweeping.sweep()
    assert OutboxTask.objects.count() == 2
    services.away.clear()
    sweeping.sweep()
    assert (services.queues[NAME], OutboxTask.objects.count()) == (["first", "second"], 0)


def test_sender_that_died_is_taken_over_once_its_time_is_up(services: Aws) -> None:
    OutboxTask.objects.create(body="dying", taken_until=Now() + timedelta(seconds=30))
    assert (forward_tasks(), services.queues[NAME]) == (0, [])
    OutboxTask.objects.update(taken_until=Now() - timedelta(seconds=1))
    assert (forward_tasks(), services.queues[NAME]) == (1, ["dying"])


def test_refused_task_stays_and_keeps_no_other(services: Aws) -> None:
    services.refused.add("task 3")
    OutboxTask.objects.bulk_create(OutboxTask(body=f"task {number}") for number in range(12))
    forward_tasks()
    forward_tasks()
    assert sorted(services.queues[NAME]) == sorted(f"task {number}" for number in range(12) if number != 3)
    assert [task.body for task in OutboxTask.objects.all()] == ["task 3"]


def test_several_senders_send_each_task_once(services: Aws) -> None:
    OutboxTask.objects.bulk_create(OutboxTask(body=f"task {number}") for number in range(200))

    def send() -> None:
        forward_tasks()
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(services.queues[NAME]) == sorted(f"task {number}" for number in range(200))


def test_age_of_what_waits() -> None:
    assert outbox.waiting() is None
    OutboxTask.objects.bulk_create(OutboxTask(body="task") for _ in range(2))
    OutboxTask.objects.update(created_at=Now() - timedelta(hours=1))
    found = outbox.waiting()
    assert found is not None
    assert Waiting(2, round(found.seconds, -1)) == Waiting(2, 3600)


def test_database_s_own_queue_needs_no_outbox() -> None:
    async_task("packages_app.services.sweep.sweep")
    assert (OrmQ.objects.count(), OutboxTask.objects.count(), forward_tasks()) == (1, 0, 0)


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_clock_of_a_host_hides_no_task(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    queue = DatabaseQueue("registry")
    real = timezone.now
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(timezone, "now", lambda: real() + timedelta(hours=hours))
        queue.enqueue("task")
    taken = queue.dequeue()
    assert taken is not None
    assert [task for _, task in taken] == ["task"]
    assert queue.dequeue() is None
    queue.acknowledge(taken[0][0])
    assert OrmQ.objects.count() == 0


def test_the_queue_is_looked_up_once(services: Aws) -> None:
    for _ in range(3):
        SqsQueue(NAME).enqueue("task")
    assert services.calls == ["GetQueueUrl", *["SendMessageBatch"] * 3]


def test_a_message_is_hidden_until_it_is_acknowledged(services: Aws) -> None:
    queue = SqsQueue(NAME)
    queue.enqueue("task")
    assert (queue.queue_size(), queue.lock_size()) == (1, 0)
    taken = queue.dequeue()
    assert taken is not None
    ((handle, task),) = taken
    assert task == "task"
    assert (queue.queue_size(), queue.lock_size()) == (0, 1)
    queue.acknowledge(handle)
    assert (queue.queue_size(), queue.lock_size(), queue.dequeue()) == (0, 0, None)


def test_a_queue_that_is_not_there_is_not_made(services: Aws) -> None:
    with pytest.raises(queueing._client(0).exceptions.QueueDoesNotExist):
        SqsQueue("elsewhere").send({1: "task"})
