"""Tasks that wait to be sent to a queue elsewhere: written with their transaction, sent after it, swept if that failed.

Whoever dies between sending a task and forgetting it has it sent twice. A job takes effect once however often it is
delivered, so that does no harm.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.models import Count, Min

from registry_project.models import OutboxTask

log = logging.getLogger(__name__)

#: Sends the tasks, by their ids, in one call: the ids of those that the queue has taken.
Send = Callable[[Mapping[int, str]], Collection[int]]

BATCH = 10  # messages that SQS takes at once
_PAUSE_SECONDS = 10.0  # for which requests leave a queue that was away to the sweeper, rather than wait for it
_resumes = 0.0
_TAKE = """
UPDATE outbox SET taken_until = clock_timestamp() + interval '30 seconds'
WHERE id IN (
    SELECT id FROM outbox WHERE taken_until IS NULL OR taken_until < clock_timestamp()
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, body
"""


@dataclass(frozen=True)
class Waiting:
    """How many tasks wait to be sent, and since how many seconds the first of them."""

    tasks: int
    seconds: float


def post(body: str, *, send: Send) -> None:
    """Write a task with the transaction under way; it is sent after the commit, and stays for the sweeper where the queue
    is away."""
    OutboxTask.objects.create(body=body)
    transaction.on_commit(partial(_forward_now, send), robust=True)


def forward(send: Send) -> int:
    """Send what waits, the oldest first, until nothing does; how many tasks were sent. Raises what `send` raises."""
    sent = 0
    while taken := _take():
        accepted = _send(send, taken)
        sent += len(accepted)
        if len(accepted) < len(taken):
            log.error("the queue refused %d tasks, which are tried again", len(taken) - len(accepted))
            break
    return sent


def forget() -> int:
    """Forget all that waits, and how much it was: for a registry whose queue is no longer elsewhere. The jobs among them
    are queued again by the sweep, since nobody claims them."""
    return OutboxTask.objects.all().delete()[0]


def waiting() -> Waiting | None:
    """None where nothing waits."""
    found = OutboxTask.objects.aggregate(tasks=Count("pk"), first=Min("created_at"))
    if not found["tasks"]:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", [found["first"]])
        return Waiting(found["tasks"], float(cursor.fetchone()[0]))


def _forward_now(send: Send) -> None:
    """One batch, which holds this transaction's task unless many wait: then the next request or the sweeper has it."""
    global _resumes  # noqa: PLW0603 - of the process, since every request would find out anew
    taken = _take() if time.monotonic() >= _resumes else {}
    if not taken:
        return
    try:
        _send(send, taken)
    except Exception as error:  # noqa: BLE001 - whatever keeps the queue away, the task is safe here
        _resumes = time.monotonic() + _PAUSE_SECONDS
        log.warning("%d tasks could not be sent and wait for the sweeper: %s", len(taken), error)


def _take() -> dict[int, str]:
    """Up to a batch of tasks that nobody else sends."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        return dict(sorted(cursor.fetchall()))


def _send(send: Send, taken: Mapping[int, str]) -> Collection[int]:
    """No transaction is open meanwhile. What is refused, or can't be sent, is anybody's again at once."""
    accepted: Collection[int] = ()
    try:
        accepted = send(taken)
    finally:
        OutboxTask.objects.filter(pk__in=accepted).delete()
        OutboxTask.objects.filter(pk__in=set(taken).difference(accepted)).update(taken_until=None)
    return accepted
