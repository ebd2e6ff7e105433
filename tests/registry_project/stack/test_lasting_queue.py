"""A queue whose readers are killed while they wait, as the kernel does when memory runs out."""

import multiprocessing
import os
import queue
import signal
from multiprocessing.process import BaseProcess

from registry_project.stack.lasting_queue import KernelLock, LastingQueue

_FORK = multiprocessing.get_context("fork")


def started(target: object, *arguments: object) -> BaseProcess:
    process = _FORK.Process(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable
    process.start()
    return process


def read_into(tasks: LastingQueue, results: "multiprocessing.Queue[object]") -> None:
    results.put("waiting")
    results.put(tasks.get())


def killed(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_others_read_on_after_a_waiting_reader_was_killed() -> None:
    tasks, results = LastingQueue(maxsize=4), _FORK.Queue()
    for _ in range(2):
        reader = started(read_into, tasks, results)
        assert results.get(timeout=30) == "waiting"
        reader.join(0.2)  # most likely inside get() by now
        killed(reader)
    last = started(read_into, tasks, results)
    assert results.get(timeout=30) == "waiting"
    tasks.put("task")
    assert results.get(timeout=30) == "task"
    last.join()


def test_lock_excludes_while_its_holder_lives() -> None:
    lock, said = KernelLock(), _FORK.Queue()

    def hold() -> None:
        with lock:
            said.put("held")
            signal.pause()

    holder = started(hold)
    assert said.get(timeout=30) == "held"
    assert lock.acquire(block=False) is False
    killed(holder)
    assert lock.acquire() is True
    lock.release()


def test_full_queue_refuses_without_waiting() -> None:
    tasks = LastingQueue(maxsize=1)
    tasks.put(1)
    try:
        tasks.put(2, block=False)
    except queue.Full:
        assert tasks.get() == 1
    else:
        raise AssertionError("there is room")
