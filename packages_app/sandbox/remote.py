"""Evaluations on a machine of their own, where packages_app.sandbox.server runs."""

import hmac
import json
import socket
import time
from typing import Final

from packages_app.domain.verdicts import FRAME_BYTES
from packages_app.sandbox import frames
from packages_app.sandbox.processes import GRACE_SECONDS, Ending
from packages_app.sandbox.settings import Server

#: A reply's text is written as latin-1 and then as JSON: no byte becomes more than six.
REPLY_BYTES: Final = 6 * FRAME_BYTES + 1024
#: For a connection to be made, and for the way there and back.
TRAVEL_SECONDS: Final = 2.0


class Busy(Exception):
    """As many evaluations run and wait as may."""


def ending_at(server: Server, request: bytes, *, seconds: float) -> Ending:
    """How the evaluation of `request` ended there, which may take `seconds` once it has begun.

    Raises Busy, and OSError where the server can't be reached, takes too long or answers what only somebody else would.
    """
    until = time.monotonic() + seconds + GRACE_SECONDS + TRAVEL_SECONDS
    asked = frames.request_code(server.key, request)
    with socket.create_connection((server.host, server.port), timeout=TRAVEL_SECONDS) as connection:
        frames.send(connection, asked, request, until=until)
        code, reply = frames.receive(connection, at_most=REPLY_BYTES, until=until)
    if not hmac.compare_digest(code, frames.reply_code(server.key, asked, reply)):
        raise frames.BadFrame("The reply is not signed by the sandbox server; both must have the same key.")
    return _ending(reply)


def written_reply(ending: Ending | None) -> bytes:
    """The reply that `_ending` reads; None where there was no place for the evaluation."""
    if ending is None:
        return b'{"busy": true}'
    told = {
        "written": ending.written[: FRAME_BYTES + 1].decode("latin-1"),
        "status": ending.status,
        "late": ending.late,
    }
    return json.dumps(told).encode("ascii")


def _ending(reply: bytes) -> Ending:
    """As the server wrote it: its code has been checked, so what it says is believed."""
    told = json.loads(reply)
    if told.get("busy"):
        raise Busy
    return Ending(told["written"].encode("latin-1"), told["status"], told["late"])
