"""A proxy in front of a server that speaks S3, which holds, refuses, cuts or never answers the requests it is told to."""

import http.client
import re
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from tests.servers.gates import Gate

Kind = Literal["hold", "refuse", "cut", "hang"]
_HOP = {"connection", "keep-alive", "transfer-encoding"}


@dataclass
class Rule:
    """What happens to the next `times` requests of `verb` (PUT, COPY, GET, HEAD, DELETE) for a key that matches.

    Keys are bucket-less. Nobody knows beforehand what staged bytes will be called, so `staging:<name>` stands for the
    object whose size was announced in `Proxy.sizes`.
    """

    verb: str
    key: str
    kind: Kind = "hold"
    times: int = 1
    gate: Gate = field(default_factory=Gate)
    met: int = 0


@dataclass
class Proxy:
    url: str = ""
    rules: list[Rule] = field(default_factory=list)
    sizes: dict[int, str] = field(default_factory=dict)
    staged: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rule_for(self, verb: str, key: str) -> Rule | None:
        with self._lock:
            for rule in self.rules:
                if rule.verb == verb and rule.met < rule.times and re.fullmatch(rule.key, key):
                    rule.met += 1
                    return rule
        return None

    def name_of(self, key: str, size: int | None) -> str:
        """The key as rules know it."""
        if not key.startswith("staging/"):
            return key
        if size in self.sizes:
            self.staged[key] = self.sizes[size]
        return f"staging:{self.staged.get(key, '')}"

    def clear(self) -> None:
        """Forget all rules, and let whoever waits go on."""
        with self._lock:
            for rule in self.rules:
                rule.times = 0
                rule.gate.released.set()
            self.rules.clear()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Callers that are killed are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy
    upstream: str

    def log_message(self, *_: object) -> None: ...

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        verb = "COPY" if self.headers["x-amz-copy-source"] else self.command
        key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]
        rule = self.proxy.rule_for(verb, self.proxy.name_of(key, len(body) if verb == "PUT" else None))
        if rule is not None and self._stopped(rule):
            return
        status, headers, answer = self._asked(body)
        if rule is not None and rule.kind == "cut":
            answer_length, answer = len(answer), answer[: len(answer) // 2]
            self.close_connection = True
        else:
            answer_length = len(answer)
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header(
            "Content-Length", dict(headers).get("Content-Length", "0") if verb == "HEAD" else str(answer_length)
        )
        self.end_headers()
        self.wfile.write(b"" if verb == "HEAD" else answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any  # noqa: N815 - http.server's names

    def _stopped(self, rule: Rule) -> bool:
        """Whether the request ends here."""
        if rule.kind == "refuse":
            said = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
            self.send_response(503)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else said)
            return True
        if rule.kind == "cut" and self.command != "GET":
            rule.gate.reached.set()
            self.close_connection = True
            return True
        if rule.kind in {"hold", "hang"}:
            rule.gate.wait()
            self.close_connection = rule.kind == "hang" or self._is_gone()
            return self.close_connection
        return False

    def _is_gone(self) -> bool:
        """Whether the caller has hung up, since it is dead."""
        return bool(select.select([self.connection], [], [], 0)[0]) and self.connection.recv(1, 2) == b""  # MSG_PEEK

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            # The host is signed, so it goes on as it came.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP | {"expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


@contextmanager
def s3_proxy(upstream_url: str) -> Iterator[Proxy]:
    """The proxy, until the block ends."""
    proxy = Proxy()
    about: dict[str, Any] = {"proxy": proxy, "upstream": urlsplit(upstream_url).netloc}
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), about))
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.clear()
        server.shutdown()
        server.server_close()
        thread.join()
