from collections.abc import Iterator

import pytest
from django.db import transaction
from django_q.conf import Conf
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from registry_project import queueing
from registry_project.queueing import SqsQueue
from tests.servers.aws import Aws, aws

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "registry-tests-jobs"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """SQS with one empty queue, and django-q told to use it."""
    with aws() as running:
        running.queues[NAME] = []
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(Conf, "SQS", {"aws_region": "", "receive_message_wait_time_seconds": 3})
        monkeypatch.setattr(Conf, "RETRY", 12 * 3600)
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
    assert services.queues[NAME] == []


def test_the_queue_is_looked_up_once(services: Aws) -> None:
    for _ in range(3):
        SqsQueue(NAME).enqueue("task")
    assert services.calls == ["GetQueueUrl", "SendMessage", "SendMessage", "SendMessage"]


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
        SqsQueue("elsewhere").enqueue("task")
