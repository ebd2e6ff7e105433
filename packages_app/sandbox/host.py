"""Ask a policy. Whatever goes wrong on the way to an answer is an answer too: no.

`evaluate` decides one download, `check` says whether a source can be a policy at all. Both may be called from any
thread; a few evaluations run at a time, a few more wait, and the rest are refused.
"""

import atexit
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from packages_app.domain.verdicts import Verdict, verdict, verdict_from_reply
from packages_app.sandbox.engines import Engine, EngineUnavailable, prepared_engine
from packages_app.sandbox.missing import missing_feature
from packages_app.sandbox.processes import Answerer, Ending
from packages_app.sandbox.remote import Busy, ending_at
from packages_app.sandbox.requests import NotText, PolicyRequest, TooLarge, encoded
from packages_app.sandbox.settings import SandboxSettings
from packages_app.sandbox.zones import UnknownZone

_LOG: Final = logging.getLogger(__name__)
_TIMED_OUT: Final = {-signal.SIGALRM, -signal.SIGXCPU}
_NO_ONE: Final = ("", "", "", "")


def evaluate(request: PolicyRequest, settings: SandboxSettings) -> Verdict:
    """What the policy says to `request`. Never raises for anything a policy or its surroundings do; takes at most
    queue_seconds + deadline_seconds + processes.GRACE_SECONDS once the engine is compiled."""
    return _decided(request, settings, call=True)


def check(source: str, settings: SandboxSettings) -> Verdict:
    """Whether `source` can be a policy: it parses, defines the function, and surely uses nothing that isn't there.

    "approved" means that it can; else the reason says why not. The function is not called.
    """
    defined = _decided(PolicyRequest(source, *_NO_ONE, datetime.now(UTC), "UTC"), settings, call=False)
    if defined.code in {"syntax_error", "too_large", "sandbox_error"}:
        return defined
    feature = missing_feature(source)
    if feature is None:
        return defined
    return verdict("policy_error", feature, duration_ms=defined.duration_ms, lockdown=defined.lockdown)


def prepare(settings: SandboxSettings) -> None:
    """Compile the engine, where `settings.cache_dir` does not hold it yet, so that the first decision need not wait for
    it; raises EngineUnavailable."""
    if settings.server is None:
        _engine(settings)


def ending(request: bytes, settings: SandboxSettings) -> Ending:
    """How the evaluation of an encoded request ended; raises Busy, EngineUnavailable and OSError."""
    return _sandbox(settings).ending(request)


def close() -> None:
    """End every process kept for the next decision. Later decisions start new ones."""
    with _GUARD:
        for sandbox in _SANDBOXES.values():
            sandbox.close()


class Sandbox:
    """The processes of one set of settings, or the way to another machine's."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._seconds = settings.queue_seconds + settings.deadline_seconds
        self._places = threading.BoundedSemaphore(settings.concurrent + settings.queue)
        self._turns = threading.BoundedSemaphore(settings.concurrent)
        self._guard = threading.Lock()
        self._idle: list[Answerer] = []

    def ending(self, request: bytes) -> Ending:
        if self._settings.server is not None:
            with self._turn():
                return ending_at(self._settings.server, request, seconds=self._seconds)
        engine = _engine(self._settings)
        with self._turn():
            kept = self._kept()
            if kept is not None and not (ending := self._answered(kept, request)).never_began:
                return ending
            return self._answered(Answerer(engine, self._settings, serving=self._settings.warm), request)

    def close(self) -> None:
        while (kept := self._kept()) is not None:
            kept.close()

    def _answered(self, answerer: Answerer, request: bytes) -> Ending:
        ending = answerer.answer(request)
        if answerer.can_answer:
            with self._guard:
                self._idle.append(answerer)
        return ending

    def _kept(self) -> Answerer | None:
        with self._guard:
            while self._idle:
                answerer = self._idle.pop()
                if answerer.can_answer:
                    return answerer
                answerer.close()
        return None

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turns.acquire(timeout=self._settings.queue_seconds):
                raise Busy
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


_GUARD = threading.Lock()
_SANDBOXES: dict[SandboxSettings, Sandbox] = {}
#: Of the process this one was forked from: not ours to talk to or to end, nor to be collected.
_INHERITED: list[Sandbox] = []


def _sandbox(settings: SandboxSettings) -> Sandbox:
    with _GUARD:
        if settings not in _SANDBOXES:
            _SANDBOXES[settings] = Sandbox(settings)
        return _SANDBOXES[settings]


def _engine(settings: SandboxSettings) -> Engine:
    engine = prepared_engine(settings.cache_dir)
    if not engine.native.exists():  # somebody emptied the cache since
        prepared_engine.cache_clear()
        engine = prepared_engine(settings.cache_dir)
    return engine


def _forget_parents() -> None:
    global _GUARD  # noqa: PLW0603 -- a lock that another thread of the parent may have held
    _GUARD = threading.Lock()
    _INHERITED.extend(_SANDBOXES.values())
    _SANDBOXES.clear()


os.register_at_fork(after_in_child=_forget_parents)
atexit.register(close)


def _decided(request: PolicyRequest, settings: SandboxSettings, *, call: bool) -> Verdict:
    started = time.perf_counter()
    request_id = secrets.token_hex(8)
    try:
        asked = encoded(request, settings, request_id=request_id, call=call)
        ended = ending(asked, settings)
    except TooLarge as problem:
        return verdict("too_large", str(problem), duration_ms=_since(started))
    except NotText:
        return verdict("syntax_error", "The policy is not text in UTF-8.", duration_ms=_since(started))
    except UnknownZone:
        reason = f"The time zone {request.timezone[:100]} is not known here; name one of the IANA database."
        return verdict("sandbox_error", reason, duration_ms=_since(started))
    except Busy:
        return verdict("sandbox_error", "Too many policies run at the moment; try again.", duration_ms=_since(started))
    except EngineUnavailable:
        _LOG.exception("No policy can be run.")
        reason = "Policies can't be run on this server; tell an administrator."
        return verdict("sandbox_error", reason, duration_ms=_since(started))
    except (OSError, ValueError):
        _LOG.exception("A policy could not be run.")
        return verdict("sandbox_error", duration_ms=_since(started))
    return _verdict(ended, request_id, settings, _since(started))


def _verdict(ending: Ending, request_id: str, settings: SandboxSettings, duration_ms: float) -> Verdict:
    if ending.status == 0:
        required = settings.required_lockdown
        return verdict_from_reply(ending.written, request_id=request_id, required=required, duration_ms=duration_ms)
    if ending.late or ending.status in _TIMED_OUT:
        return verdict("timeout", duration_ms=duration_ms)
    _LOG.error("A policy's process ended with status %s.", ending.status)
    return verdict("sandbox_error", duration_ms=duration_ms)


def _since(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 3)
