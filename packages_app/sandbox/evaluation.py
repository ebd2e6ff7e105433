"""One decision inside the sandbox: run the policy's source, find its function, call it, read what it returned.

The guest decides nothing about how it is read. Whatever is not plainly a verdict is an error of the policy.
"""

from __future__ import annotations

from packages_app.sandbox.local_time import EXACT
from packages_app.sandbox.quickjs import Exhausted, QuickJS, Surroundings
from packages_app.sandbox.webassembly import Broken, Machine, Trapped

FUNCTION = "validateDownload"
#: How many classes may derive from each other for a method to be looked for in all of them.
CLASSES = 16
#: Of a reason, as UTF-8, before the host cleans it.
REASON_BYTES = 2_000
LATER = "The policy answers later; it must return its verdict at once, without async, promises or generators."
#: Kinds of function whose results are promises or generators.
ANSWERING_LATER = ("(async function () {})", "(function* () {})", "(async function* () {})")


class Outcome:
    """`code` is one of domain.verdicts' codes; `reason` the guest's words, or ours where it has none."""

    def __init__(self, code: str, reason: str = "") -> None:
        self.code, self.reason = code, reason


class Refusal(Exception):
    """The evaluation ends here, as `outcome`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.outcome = Outcome(code, reason)


def decide(machine: Machine, surroundings: Surroundings, source: str, arguments: list[str]) -> Outcome:
    """What the policy in `source` says to `arguments`."""
    try:
        engine = _engine(machine, surroundings)
        function, this = _policy_function(engine, source)
        return _verdict(engine, engine.call(function, this, [engine.string(argument) for argument in arguments]))
    except Refusal as refusal:
        return refusal.outcome
    except (Trapped, Exhausted, Broken) as problem:
        return _ended(problem)


def define(machine: Machine, surroundings: Surroundings, source: str) -> Outcome:
    """Whether `source` parses, runs and defines the function, without calling it."""
    try:
        engine = _engine(machine, surroundings)
        function, _this = _policy_function(engine, source)
        if any(engine.class_of(function) == engine.class_of(engine.run(kind)) for kind in ANSWERING_LATER):
            return Outcome("policy_error", LATER)
    except Refusal as refusal:
        return refusal.outcome
    except (Trapped, Exhausted, Broken) as problem:
        return _ended(problem)
    return Outcome("approved")


def _engine(machine: Machine, surroundings: Surroundings) -> QuickJS:
    engine = QuickJS(machine, surroundings)
    if len(surroundings.offsets) > 1:
        engine.run(EXACT)
    return engine


def _policy_function(engine: QuickJS, source: str) -> tuple[int, int]:
    """The function `source` defines, and what is `this` in it: exported in CommonJS style, as a method or by itself, or
    global by any kind of declaration."""
    if engine.is_exception(engine.run(source, compile_only=True)):
        raise Refusal("syntax_error", _syntax_error(engine))
    module, exports, everything = engine.object(), engine.object(), engine.everything()
    engine.define(module, "exports", exports)
    engine.define(everything, "module", module)
    engine.define(everything, "exports", exports)
    if engine.is_exception(engine.run(source)):
        raise Refusal("policy_error", _thrown(engine))
    exported = engine.own(module, "exports")
    if exported is not None and (method := _method(engine, exported)) is not None:
        return method, exported
    return _function(engine, exported, engine.own(everything, FUNCTION)), engine.undefined()


def _method(engine: QuickJS, holder: int) -> int | None:
    """The method that `holder` has by itself or from its class."""
    at: int | None = holder
    for _ in range(CLASSES):
        if at is None:
            return None
        found = engine.own(at, FUNCTION)
        if found is not None and engine.is_function(found):
            return found
        at = engine.prototype(at)
    return None


def _function(engine: QuickJS, exported: int | None, assigned: int | None) -> int:
    if exported is not None and engine.is_function(exported):
        name = engine.own(exported, "name")
        if name is not None and engine.text(name, len(FUNCTION) + 1) == FUNCTION:
            return exported
    if assigned is not None and engine.is_function(assigned):
        return assigned
    declared = engine.run(FUNCTION)  # `const` and `let` make bindings that are no property of anything
    if engine.is_exception(declared) or not engine.is_function(declared):
        raise Refusal(
            "no_function", f"The policy defines no function {FUNCTION}; declare one, or set it on module.exports."
        )
    return declared


def _verdict(engine: QuickJS, result: int) -> Outcome:
    if engine.is_exception(result):
        return Outcome("policy_error", _thrown(engine))
    if engine.is_promise(result):
        return Outcome("policy_error", LATER)
    if not engine.is_plain(result):
        return Outcome("policy_error", "The policy must return a plain object {approved, reason}.")
    approved = engine.own(result, "approved")
    decision = engine.boolean(approved) if approved is not None else None
    if decision is None:
        return Outcome("policy_error", "The policy must return `approved` as true or false, and nothing else.")
    reason = engine.own(result, "reason")
    words = engine.text(reason, REASON_BYTES) if reason is not None else None
    return Outcome("approved" if decision else "rejected", words or "")


def _thrown(engine: QuickJS) -> str:
    """What the policy threw, in one sentence, as far as it can be read without running it."""
    error = engine.exception()
    message = engine.own(error, "message") if engine.is_error(error) else error
    words = engine.text(message, REASON_BYTES // 2) if message is not None else None
    return f"The policy failed: {words}." if words else "The policy failed with an error that says nothing."


def _syntax_error(engine: QuickJS) -> str:
    error = engine.exception()  # nothing of the guest's has run yet
    message = engine.own(error, "message")
    words = (engine.text(message, REASON_BYTES // 2) if message is not None else None) or "not JavaScript"
    place = engine.stack(error).partition("policy.js:")[2].strip()
    line, _, column = place.partition(":")
    where = f" at line {line}, column {column}" if line.isdecimal() and column.isdecimal() else ""
    return f"The policy can't be parsed{where}: {words}."


def _ended(problem: Exception) -> Outcome:
    if isinstance(problem, Trapped) and problem.out_of_fuel:
        return Outcome("timeout")
    if isinstance(problem, (Trapped, Exhausted)):
        return Outcome("policy_error", "The policy used up its memory or its stack; make it do less.")
    return Outcome("sandbox_error")
