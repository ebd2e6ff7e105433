"""Decide over policies for registries on other machines: `python -m packages_app.sandbox.server`.

Takes its orders from the environment: REGISTRY_SANDBOX_LISTEN (`host:port`, port 6433 of every address), the
REGISTRY_SANDBOX_KEY that the registries have too, REGISTRY_POLICY_SECONDS, REGISTRY_POLICY_CONCURRENT (one a processor),
REGISTRY_POLICY_LOCKDOWN, REGISTRY_DATA_DIR for the compiled engine. Knows no database, no object and no other secret.
"""

import hmac
import logging
import os
import signal
import socket
import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from packages_app.domain.verdicts import LAYERS
from packages_app.sandbox import frames, host
from packages_app.sandbox.engines import EngineUnavailable
from packages_app.sandbox.remote import TRAVEL_SECONDS, Busy, written_reply
from packages_app.sandbox.settings import KEY_CHARACTERS, SandboxSettings, address

log: Final = logging.getLogger("registry.sandbox")
#: The largest question: a policy whose every byte is escaped, four arguments, a time zone's table.
REQUEST_BYTES: Final = 1024 * 1024
#: Connections at a time, from whomever; more are closed at once.
CONNECTIONS: Final = 64


class Answering(socketserver.BaseRequestHandler):
    """One connection: one question, one answer. Who can't sign a question gets none, and learns nothing."""

    server: "PolicyServer"
    request: socket.socket

    def handle(self) -> None:
        try:
            self._answer()
        except OSError as problem:
            log.warning("a question from %s was not answered: %s", self.client_address[0], problem)

    def _answer(self) -> None:
        key, until = self.server.key, time.monotonic() + TRAVEL_SECONDS
        asked, body = frames.receive(self.request, at_most=REQUEST_BYTES, until=until)
        if not hmac.compare_digest(asked, frames.request_code(key, body)):
            raise frames.BadFrame("It is not signed with this server's key.")
        try:
            reply = written_reply(host.ending(body, self.server.settings))
        except Busy:
            reply = written_reply(None)
        frames.send(self.request, frames.reply_code(key, asked, reply), reply, until=time.monotonic() + TRAVEL_SECONDS)


class PolicyServer(socketserver.ThreadingTCPServer):
    """Listens from when it is made; `settings` say how policies are run here."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = CONNECTIONS

    def __init__(self, listen: tuple[str, int], key: bytes, settings: SandboxSettings) -> None:
        self.key, self.settings = key, settings
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(listen, Answering)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, _request: Any, client_address: Any) -> None:
        log.exception("a question from %s could not be answered", client_address[0])


def main(environment: dict[str, str]) -> None:
    """Serve until SIGTERM or SIGINT. Exits with a sentence where the environment or the machine won't do."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        listen = address(environment.get("REGISTRY_SANDBOX_LISTEN") or "0.0.0.0:6433")
        key, settings = _key(environment), _settings(environment)
        host.prepare(settings)
        server = PolicyServer(listen, key, settings)
    except (ValueError, OSError, EngineUnavailable) as problem:
        sys.exit(f"The sandbox server can't start: {problem}")
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info("ready %s:%s", *server.server_address[:2])
    with server:
        server.serve_forever()
    host.close()


def _key(environment: dict[str, str]) -> bytes:
    key = environment.get("REGISTRY_SANDBOX_KEY", "")
    if len(key) < KEY_CHARACTERS:
        raise ValueError(f"REGISTRY_SANDBOX_KEY must have at least {KEY_CHARACTERS} characters.")
    return key.encode()


def _settings(environment: dict[str, str]) -> SandboxSettings:
    layers = (environment.get("REGISTRY_POLICY_LOCKDOWN") or " ".join(LAYERS)).split()
    if not set(layers) <= set(LAYERS):
        raise ValueError(f"REGISTRY_POLICY_LOCKDOWN may hold {', '.join(LAYERS)}.")
    return SandboxSettings(
        cache_dir=Path(environment.get("REGISTRY_DATA_DIR") or "var") / "policy_engine",
        deadline_seconds=float(environment.get("REGISTRY_POLICY_SECONDS") or 5),
        concurrent=int(environment.get("REGISTRY_POLICY_CONCURRENT") or os.cpu_count() or 1),
        required_lockdown=frozenset(layers),
    )


if __name__ == "__main__":
    main(dict(os.environ))
