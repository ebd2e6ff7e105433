import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from accounts_app.request_ids import NameRequest, carried, current_request_id, known_as


def named(**extra: object) -> dict[str, object]:
    """What a line of the log, that has `extra` of its own, is given now."""
    record = logging.LogRecord("a", logging.INFO, "a.py", 1, "said", (), None)
    vars(record).update(extra)
    assert NameRequest().filter(record)
    return {name: vars(record)[name] for name in ("request_id", "job") if name in vars(record)}


def test_lines_outside_of_a_request_have_no_id() -> None:
    assert (named(), current_request_id()) == ({}, "")


def test_lines_of_a_request_have_its_id_and_lines_after_it_have_not() -> None:
    with known_as("r1"):
        assert (named(), current_request_id()) == ({"request_id": "r1"}, "r1")
    assert named() == {}


def test_lines_of_a_job_have_its_id_too() -> None:
    with known_as("r1", job="j1"):
        assert named() == {"request_id": "r1", "job": "j1"}
        with known_as("r2"):
            assert named() == {"request_id": "r2"}
        assert named() == {"request_id": "r1", "job": "j1"}


def test_a_job_without_a_request_keeps_its_own_id() -> None:
    with known_as("", job="j1"):
        assert named() == {"job": "j1"}


def test_what_a_line_says_of_itself_stays_outside_of_a_job() -> None:
    assert named(job="of the line") == {"job": "of the line"}


def test_other_threads_go_by_the_ids_that_they_are_handed() -> None:
    with ThreadPoolExecutor(1) as pool:
        with known_as("r1"):
            first = pool.submit(carried(named))
            alone = pool.submit(named)
        with known_as("r2"):
            second = pool.submit(carried(named))
    assert [done.result() for done in (first, alone, second)] == [{"request_id": "r1"}, {}, {"request_id": "r2"}]


def test_what_is_carried_takes_its_arguments_and_outlives_the_request() -> None:
    seen: list[object] = []
    with known_as("r1"):
        work = carried(seen.append)
    thread = threading.Thread(target=work, args=("done",))
    thread.start()
    thread.join()
    assert seen == ["done"]
