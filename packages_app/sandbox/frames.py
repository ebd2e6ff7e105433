"""Frames between the registry and a sandbox server: four bytes of length, 32 of HMAC-SHA-256 (RFC 2104), the body.

A reply's code is over the request's code too, which covers the request's number, its policy and its arguments: a reply
to anything else, be it to the same question asked earlier, is none. Nothing is encrypted.
"""

import hmac
import socket
import time
from typing import Final

CODE_BYTES: Final = 32
_ASKED: Final = b"registry policy request\0"
_ANSWERED: Final = b"registry policy reply\0"


class BadFrame(OSError):
    """What came is no frame, or not one of ours."""


def request_code(key: bytes, request: bytes) -> bytes:
    """What proves that `request` comes from who holds `key`."""
    return hmac.digest(key, _ASKED + request, "sha256")


def reply_code(key: bytes, to: bytes, reply: bytes) -> bytes:
    """What proves that `reply` answers the request whose code is `to`."""
    return hmac.digest(key, _ANSWERED + to + reply, "sha256")


def send(connection: socket.socket, code: bytes, body: bytes, *, until: float) -> None:
    """Send a frame; raises OSError where it is not taken before `until` (time.monotonic)."""
    connection.settimeout(_left(until))
    connection.sendall(len(body).to_bytes(4, "big") + code + body)


def receive(connection: socket.socket, *, at_most: int, until: float) -> tuple[bytes, bytes]:
    """A frame's code and body. Raises BadFrame where it announces more than `at_most` bytes or ends early, and OSError
    where it isn't there before `until`."""
    length = int.from_bytes(_exactly(connection, 4, until), "big")
    if length > at_most:
        raise BadFrame("It announces more than a frame holds.")
    return _exactly(connection, CODE_BYTES, until), _exactly(connection, length, until)


def _exactly(connection: socket.socket, count: int, until: float) -> bytes:
    data = bytearray()
    while len(data) < count:
        connection.settimeout(_left(until))
        piece = connection.recv(count - len(data))
        if not piece:
            raise BadFrame("It ends too early.")
        data += piece
    return bytes(data)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("The time was up.")
    return left
