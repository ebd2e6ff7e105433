"""The sandbox server as a process of its own, asked by the registry's side and by others."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from packages_app.domain.verdicts import HELD, LAYERS
from packages_app.sandbox import frames, host
from packages_app.sandbox.remote import Busy, ending_at, written_reply
from packages_app.sandbox.requests import PolicyRequest, encoded
from packages_app.sandbox.settings import SandboxSettings, Server, address

KEY = secrets.token_hex(16)
ROOT = Path(__file__).resolve().parents[3]
SOURCE = "function validateDownload(model, uploader, downloader) { return { approved: downloader === 'bob' }; }"
ENDLESS = "function validateDownload() { for (;;); }"
UNIT = (ROOT / "deploy/systemd/registry-sandbox.service").read_text()


def asked(downloader: str = "bob", source: str = SOURCE) -> PolicyRequest:
    return PolicyRequest(
        source, "bert", "alice", downloader, "bert/1/package.zip", datetime(2025, 7, 1, tzinfo=UTC), "UTC"
    )


@contextmanager
def running(data: Path, *before: str, **environment: str) -> Iterator[Server]:
    """A server, started as `before` says, until the end of the block; then it has to end well."""
    given = {"REGISTRY_SANDBOX_LISTEN": "127.0.0.1:0", "REGISTRY_SANDBOX_KEY": KEY, "REGISTRY_DATA_DIR": str(data)}
    environment = {"PATH": os.environ["PATH"], "REGISTRY_POLICY_LOCKDOWN": "seccomp"} | given | environment
    with (data / "log").open("w") as log:
        command = [*before, sys.executable, "-m", "packages_app.sandbox.server"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
    try:
        yield Server("127.0.0.1", _port(process, data / "log"), KEY.encode())
    finally:
        process.terminate()
        status = process.wait(20)
    assert status == 0


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    until = time.monotonic() + 60
    while not (ready := re.search(r"ready 127\.0\.0\.1:(\d+)", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(ready[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), REGISTRY_POLICY_SECONDS="2") as server:
        yield server


@pytest.fixture
def away(settings: SandboxSettings, server: Server) -> SandboxSettings:
    return replace(settings, server=server, cache_dir=Path("/nowhere"))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (asked("bob"), "approved"),
        (asked("eve"), "rejected"),
        (asked(source="function ("), "syntax_error"),
        (asked(source="1"), "no_function"),
        (asked(source="function validateDownload() { throw new Error('no') }"), "policy_error"),
        (asked(source=ENDLESS), "timeout"),
        (asked("b\u00f6b \U0001f600 " * 500), "rejected"),
    ],
)
def test_verdicts_are_those_of_this_machine(request_: PolicyRequest, code: str, away: SandboxSettings) -> None:
    assert host.evaluate(request_, away).code == code


def test_a_policy_is_checked_there_too(away: SandboxSettings) -> None:
    host.prepare(away)  # has nothing to prepare here
    assert [host.check(source, away).code for source in (SOURCE, "function (")] == ["approved", "syntax_error"]


def test_the_layers_that_hold_there_are_reported_and_required_here(away: SandboxSettings) -> None:
    verdict = host.evaluate(asked(), away)
    assert set(verdict.lockdown) == set(LAYERS)
    assert verdict.lockdown["seccomp"] == HELD


def test_many_ask_at_once(away: SandboxSettings) -> None:
    crowd = replace(away, concurrent=6, queue_seconds=30)
    names = ["bob", "eve"] * 9
    with ThreadPoolExecutor(len(names)) as pool:
        codes = list(pool.map(lambda name: host.evaluate(asked(name), crowd).code, names))
    assert codes == ["approved", "rejected"] * 9


def test_nobody_is_answered_without_the_key(away: SandboxSettings, server: Server) -> None:
    other = replace(away, server=replace(server, key=b"another key of thirty-two letters"))
    assert host.evaluate(asked(), other).code == "sandbox_error"


@pytest.mark.parametrize("target", [("127.0.0.1", 1), ("nowhere.invalid", 6433)])
def test_a_server_that_is_away_is_a_refusal(target: tuple[str, int], away: SandboxSettings) -> None:
    verdict = host.evaluate(asked(), replace(away, server=Server(*target, KEY.encode())))
    assert (verdict.approved, verdict.code) == (False, "sandbox_error")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0",
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"\xff\xff\xff\xff" + bytes(100),
        (5).to_bytes(4, "big") + bytes(32) + b"hello",
        (500).to_bytes(4, "big") + bytes(32) + b"hello",
    ],
)
def test_whoever_sends_something_else_learns_nothing(sent: bytes, server: Server, away: SandboxSettings) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall(sent)
        with suppress(OSError):  # it may have hung up already
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            assert connection.recv(1) == b""
    assert host.evaluate(asked(), away).approved


def test_a_connection_that_says_nothing_is_closed(server: Server) -> None:
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        assert connection.recv(1) == b""


# Somebody else in its place ------------------------------------------------------------------------------------------


def impostor(*replies: bytes) -> int:
    """The port of a server that answers one connection after the other with these bytes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listening:
            for reply in replies:
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(10)
                    frames.receive(connection, at_most=10**6, until=time.monotonic() + 10)
                    connection.sendall(reply)

    threading.Thread(target=answer, daemon=True).start()
    return int(listening.getsockname()[1])


def test_replies_of_others_are_not_believed(settings: SandboxSettings) -> None:
    key = KEY.encode()
    yes = written_reply(host.ending(encoded(asked(), settings, request_id="1", call=True), settings))
    earlier = frames.reply_code(key, frames.request_code(key, b"an earlier question"), yes)
    framed = len(yes).to_bytes(4, "big")
    replies = [
        framed + bytes(32) + yes,
        framed + earlier + yes,
        framed + earlier + yes[:-1],
        b"\xff" * 50,
        b"",
    ]
    port = impostor(*replies)
    away = replace(settings, server=Server("127.0.0.1", port, key))
    assert [host.evaluate(asked(), away).code for _ in replies] == ["sandbox_error"] * len(replies)


def test_a_place_that_is_not_there_is_said() -> None:
    key, question = KEY.encode(), b"{}"
    full = written_reply(None)
    code = frames.reply_code(key, frames.request_code(key, question), full)
    port = impostor(len(full).to_bytes(4, "big") + code + full)
    with pytest.raises(Busy):
        ending_at(Server("127.0.0.1", port, key), question, seconds=5)


# How it starts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"REGISTRY_SANDBOX_KEY": "short"}, "REGISTRY_SANDBOX_KEY must have at least 32 characters."),
        ({"REGISTRY_SANDBOX_LISTEN": "6433"}, "'6433' must be a host and a port, as in 10.0.0.7:6433."),
        ({"REGISTRY_POLICY_LOCKDOWN": "moat"}, "REGISTRY_POLICY_LOCKDOWN may hold descriptors, "),
        ({"REGISTRY_POLICY_SECONDS": "0"}, "The sandbox's deadline and idle time must be more than 0 seconds"),
    ],
)
def test_orders_that_will_not_do_are_named(changed: dict[str, str], said: str, tmp_path: Path) -> None:
    given = {"REGISTRY_SANDBOX_LISTEN": "127.0.0.1:0", "REGISTRY_SANDBOX_KEY": KEY, "REGISTRY_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "packages_app.sandbox.server"],
        cwd=ROOT, env=given | changed, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"The sandbox server can't start: {said}")


@pytest.mark.parametrize(
    ("text", "meant"), [("10.0.0.7:6433", ("10.0.0.7", 6433)), ("[::1]:1", ("::1", 1)), ("a.b:0", ("a.b", 0))]
)
def test_an_address_is_a_host_and_a_port(text: str, meant: tuple[str, int]) -> None:
    assert address(text) == meant


@pytest.mark.parametrize("text", ["", ":", "host", "host:", ":80", "host:x", "host:65536", "host:-1", "host:\u0661"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a host and a port"):
        address(text)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can give powers up")
def test_the_powers_of_its_unit_are_enough_for_every_layer(tmp_path: Path, settings: SandboxSettings) -> None:
    """As systemd starts it: root with a few capabilities, and none to be gained. Some kernels don't have every layer."""
    powers = re.search(r"^CapabilityBoundingSet=(.+)$", UNIT, re.MULTILINE)
    assert powers is not None
    kept = ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in powers[1].split())
    here = {layer for layer, state in host.evaluate(asked(), settings).lockdown.items() if state == HELD}
    before = ("setpriv", f"--bounding-set=-all,{kept}", "--no-new-privs")
    with running(tmp_path, *before, REGISTRY_POLICY_LOCKDOWN=" ".join(here)) as server:
        away = replace(settings, server=server, required_lockdown=frozenset(here))
        assert [host.evaluate(question, away).code for question in (asked(), asked(source=ENDLESS))] == [
            "approved",
            "timeout",
        ]
