"""What a policy's evaluation amounts to, read from what its process left behind. Anything unclear is a refusal."""

import json
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, get_args

Code = Literal[
    "approved", "rejected", "syntax_error", "no_function", "policy_error", "timeout", "too_large", "sandbox_error"
]
CODES: Final[tuple[Code, ...]] = get_args(Code)
#: The layers between a policy and the machine, and how a report says that one is in place.
LAYERS: Final = ("descriptors", "network", "user", "privileges", "landlock", "limits", "seccomp")
HELD: Final = "held"
FRAME_BYTES: Final = 16 * 1024
REASON_CHARACTERS: Final = 500
_FRAME_KEYS: Final = {"id", "code", "reason", "lockdown"}
_DEFAULT_REASONS: Final[Mapping[Code, str]] = {
    "approved": "",
    "rejected": "The policy refused and gave no reason.",
    "syntax_error": "The policy can't be parsed.",
    "no_function": "The policy defines no function validateDownload.",
    "policy_error": "The policy failed.",
    "timeout": "The policy took too long; make it do less.",
    "too_large": "The policy or one of its arguments is too large.",
    "sandbox_error": "The policy could not be run; try again, and tell an administrator if it happens again.",
}


@dataclass(frozen=True)
class Verdict:
    """The decision on one download.

    approved: true only where code is "approved". reason: one line of at most REASON_CHARACTERS, without control or
    formatting characters. duration_ms: milliseconds from asking to knowing, waiting included. lockdown: each layer that
    was tried, "held" or "missing: " and why; empty where no process was started.
    """

    approved: bool
    code: Code
    reason: str
    duration_ms: float = 0.0
    lockdown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def verdict(
    code: Code, reason: str = "", *, duration_ms: float = 0.0, lockdown: Mapping[str, str] | None = None
) -> Verdict:
    """A verdict with `reason` cleaned, or with the code's own sentence where nothing is left of it."""
    return Verdict(
        approved=code == "approved",
        code=code,
        reason=cleaned(reason) or _DEFAULT_REASONS[code],
        duration_ms=duration_ms,
        lockdown=MappingProxyType(dict(lockdown or {})),
    )


def cleaned(reason: str) -> str:
    """`reason` on one line, cut to REASON_CHARACTERS, with nothing that moves a cursor, turns text or can't be seen."""
    spaced = "".join(" " if character.isspace() else character for character in reason[: 8 * REASON_CHARACTERS])
    visible = "".join(character for character in spaced if unicodedata.category(character)[0] != "C")
    line = " ".join(visible.split())
    return line if len(line) <= REASON_CHARACTERS else line[: REASON_CHARACTERS - 1].rstrip() + "…"


@dataclass(frozen=True)
class Reply:
    """What a process says of its one evaluation."""

    code: Code
    reason: str
    lockdown: Mapping[str, str]


def verdict_from_reply(written: bytes, *, request_id: str, required: Collection[str], duration_ms: float) -> Verdict:
    """The verdict in `written`, which is all that the process wrote before it ended well.

    A reply that is not what `parsed` takes, or that comes from a process in which a layer of `required` did not hold,
    is a "sandbox_error".
    """
    try:
        reply = parsed(written, request_id=request_id)
    except ValueError:
        return verdict("sandbox_error", duration_ms=duration_ms)
    missing = sorted(layer for layer in required if reply.lockdown.get(layer) != HELD)
    if missing:
        reason = f"This server can't keep a policy apart: it lacks {', '.join(missing)}. Tell an administrator."
        return verdict("sandbox_error", reason, duration_ms=duration_ms, lockdown=reply.lockdown)
    return verdict(reply.code, reply.reason, duration_ms=duration_ms, lockdown=reply.lockdown)


def parsed(written: bytes, *, request_id: str) -> Reply:
    """The reply: one JSON object of at most FRAME_BYTES, exactly the known keys, to this request; else ValueError."""
    if len(written) > FRAME_BYTES:
        raise ValueError("longer than a reply")
    try:
        frame = json.loads(written.decode("utf-8"), object_pairs_hook=_without_repetition)
    except RecursionError:
        raise ValueError("nested") from None
    if not isinstance(frame, dict) or set(frame) != _FRAME_KEYS or frame["id"] != request_id:
        raise ValueError("not a reply to this request")
    code, reason, lockdown = frame["code"], frame["reason"], frame["lockdown"]
    if code not in CODES or not isinstance(reason, str) or not isinstance(lockdown, dict):
        raise ValueError("not a reply")
    if not set(lockdown) <= set(LAYERS) or not all(isinstance(state, str) for state in lockdown.values()):
        raise ValueError("not a report of layers")
    return Reply(code, reason, {layer: cleaned(state) for layer, state in lockdown.items()})


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)
