"""The process a policy runs in: it loads the engine, locks itself down, takes a request, answers it, ends.

Descriptor 0 brings requests (four bytes of length, then JSON) and 1 takes the reply of one evaluation. A fork server
does so in a child for each request, and tells on a third descriptor how each child ended.
"""

from __future__ import annotations

import gc
import hashlib
import json
import math
import os
import select
import signal
import sys

from packages_app.sandbox.evaluation import Outcome, decide, define
from packages_app.sandbox.lockdown import kernel, landlock, process, seccomp
from packages_app.sandbox.lockdown.layers import Missing, Report
from packages_app.sandbox.quickjs import IMPORTS, MACHINE_STACK, Surroundings
from packages_app.sandbox.webassembly import Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

REQUESTS, REPLIES, ERRORS = 0, 1, 2
#: Exit status of a process that no request came for.
IDLE = 75


def main(encoded_orders: str) -> NoReturn:
    """Follow the orders, JSON as processes.start writes it. Never returns."""
    orders = json.loads(encoded_orders)
    # Whoever started this may ignore or block signals. An alarm must end the process, in the guest's code too.
    for inherited in (signal.SIGALRM, signal.SIGXCPU, signal.SIGCHLD):
        signal.signal(inherited, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    with open(orders["native"], "rb") as file:  # noqa: PTH123 -- pathlib takes long to import
        native = file.read()
    if hashlib.sha256(native).hexdigest() != orders["sha256"]:
        sys.exit("The compiled engine is not the one that was prepared.")
    machine = Machine(orders["library"], stack=MACHINE_STACK)
    machine.load(native, IMPORTS)
    gc.disable()
    report = Report()
    endings: int | None = orders["endings"]
    _lock_down(report, {REQUESTS, REPLIES, ERRORS} | ({endings} if endings is not None else set()))
    if endings is None:
        _answer(machine, report, orders)
    _serve(machine, report, orders, endings)


def _lock_down(report: Report, kept: set[int]) -> None:
    report.attempt("descriptors", lambda: process.close_descriptors(kept))
    report.attempt("network", process.leave_network)
    report.attempt("user", process.become_nobody)
    report.attempt("privileges", process.give_up_privileges)
    report.attempt("landlock", landlock.hold)
    report.attempt("limits", process.limit_resources)


def _serve(machine: Machine, report: Report, orders: dict[str, Any], endings: int) -> NoReturn:
    """A child for every request, one at a time; this process itself never reads one."""
    report.attempt("seccomp", lambda: seccomp.hold(seccomp.SERVING, seccomp.REFUSED_WHILE_SERVING))
    gc.freeze()
    parent = os.getpid()
    while True:
        child = os.fork()
        if child == 0:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(IDLE)
            os.close(endings)
            _answer(machine, report, orders)
        _, status = os.waitpid(child, 0)
        os.write(endings, status.to_bytes(4, "big"))
        if os.waitstatus_to_exitcode(status) == IDLE:
            os._exit(IDLE)


def _answer(machine: Machine, report: Report, orders: dict[str, Any]) -> NoReturn:
    request = _request(float(orders["idle"]))
    if request is None:
        os._exit(IDLE)
    os.close(REQUESTS)
    deadline = float(orders["deadline"])
    report.attempt("limits", lambda: process.limit_evaluation(math.ceil(deadline) + 1))
    signal.setitimer(signal.ITIMER_REAL, deadline)
    report.attempt("seccomp", lambda: seccomp.hold(seccomp.EVALUATING))
    asked = json.loads(request)
    try:
        report.demand(orders["required"], list(report.layers))
        outcome = _outcome(machine, asked)
    except Missing as layer:
        outcome = Outcome("sandbox_error", f"The layer {layer} is missing.")
    reply = {"id": asked["id"], "code": outcome.code, "reason": outcome.reason, "lockdown": report.layers}
    os.write(REPLIES, json.dumps(reply, ensure_ascii=False).encode("utf-8"))
    os._exit(0)


def _request(patience: float) -> bytes | None:
    """One request; None where none came within `patience` seconds, or the host has gone."""
    if not select.select([REQUESTS], [], [], patience)[0]:
        return None
    length = _exactly(4)
    return _exactly(int.from_bytes(length, "big")) if length is not None else None


def _exactly(count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        piece = os.read(REQUESTS, count - len(data))
        if not piece:
            return None
        data += piece
    return data


def _outcome(machine: Machine, asked: dict[str, Any]) -> Outcome:
    surroundings = Surroundings(asked["now_ms"], asked["starts"], asked["offsets"])
    if asked["arguments"] is None:
        return define(machine, surroundings, asked["source"])
    return decide(machine, surroundings, asked["source"], asked["arguments"])
