"""The way out, tried with everything that should not get through."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest

from packages_app.sources import guard
from packages_app.sources.guard import Blocked, Due, Overlong, Rules, checked_addresses, guarded_client, is_public
from tests.servers.hub import Fault, Hub, Repository

PUBLIC = Rules(frozenset({"models.example", ".cdn.example"}))


@pytest.fixture
def own(hub: Hub) -> Rules:
    return Rules(frozenset(), frozenset({hub.url.removeprefix("http://")}))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("100.100.100.200", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("fd00:ec2::254", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert is_public(address) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/",
        "https://models.example:8443/",
        "https://other.example/",
        "https://evilmodels.example/",
        "https://models.example.evil/",
        "https://cdn.example/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "https://2130706433/",
    ],
)
def test_hosts_that_are_not_allowed_are_blocked(url: str) -> None:
    with guarded_client(PUBLIC) as client, pytest.raises(Blocked, match="not among the hosts"):
        client.get(url)


@pytest.mark.parametrize("host", ["models.example", "a.cdn.example"])
@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1"])
def test_allowed_name_at_private_address_is_blocked(monkeypatch: pytest.MonkeyPatch, host: str, address: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving({host: ["93.184.215.14", address]}))
    with guarded_client(PUBLIC) as client, pytest.raises(Blocked, match="not on the public Internet"):
        client.get(f"https://{host}/")


def test_name_is_resolved_once_and_the_connection_goes_to_that_address(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that would lead elsewhere at the second look is not looked at twice."""
    port = hub.url.rpartition(":")[2]
    looks: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **options: Any) -> Any:
        if host == "rebinding.example":
            looks.append(host)
            return real("127.0.0.1" if len(looks) == 1 else "127.0.0.9", *rest, **options)
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with guarded_client(Rules(frozenset(), frozenset({f"rebinding.example:{port}"}))) as client:
        answer = client.get(f"http://rebinding.example:{port}/api/models/org/model")
    assert (answer.status_code, answer.json()["id"], looks) == (200, "org/model", ["rebinding.example"])


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data/iam",
        "http://[fd00:ec2::254]/",
        "https://evil.example/",
        "file:///etc/passwd",
    ],
)
def test_redirect_to_elsewhere_is_blocked(hub: Hub, own: Rules, target: str) -> None:
    hub.faults["/api/models/org/model"].append(Fault(redirect=target))
    with guarded_client(own) as client, pytest.raises((Blocked, httpx2.UnsupportedProtocol)):
        client.get(f"{hub.url}/api/models/org/model")


def test_redirects_end(hub: Hub, own: Rules) -> None:
    hub.faults["/api/models/org/model"] += [Fault(redirect=f"{hub.url}/api/models/org/model")] * 20
    with guarded_client(own) as client, pytest.raises(httpx2.TooManyRedirects):
        client.get(f"{hub.url}/api/models/org/model")
    assert len(hub.asked) == guard._MOST_REDIRECTS + 1


def test_answer_of_too_many_bytes_is_cut(hub: Hub, own: Rules) -> None:
    url = f"{hub.url}/org/model/resolve/{hub.models['org/model'].commit}/README.md"
    with guarded_client(own) as client:
        assert client.get(url, extensions={"due": Due(bytes=4)}).content == b"card"
        with pytest.raises(Overlong):
            client.get(url, extensions={"due": Due(bytes=3)})


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    ],
    ids=["headers", "interim answers", "body"],
)
def test_answer_that_trickles_is_cut(begin: bytes, drop: bytes) -> None:
    with (
        trickling(begin, drop) as host,
        guarded_client(Rules(frozenset(), frozenset({host}))) as client,
        pytest.raises((Overlong, httpx2.ReadTimeout)),
    ):
        client.get(f"http://{host}/", extensions={"due": Due(seconds=0.2)})


def test_compressed_answer_is_not_unpacked(hub: Hub, own: Rules) -> None:
    hub.faults["/api/models/org/model"].append(Fault(status=200, headers={"Content-Encoding": "gzip"}))
    with guarded_client(own) as client, pytest.raises(Overlong):
        client.get(f"{hub.url}/api/models/org/model")


def test_unknown_name_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving({}))
    with pytest.raises(httpx2.ConnectError, match=r"models\.example"):
        checked_addresses("models.example", 443, own=False)


def test_operators_proxy_is_used_for_allowed_hosts_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It resolves names, so that they need not be known here; literal addresses are looked at all the same."""
    monkeypatch.setenv("http_proxy", hub.url)
    monkeypatch.setenv("no_proxy", "direct.example")
    rules = Rules(frozenset(), frozenset({"far.example:80", "127.0.0.1:80"}))
    with guarded_client(rules) as client:
        client.get("http://far.example/x")
        client.get("http://127.0.0.1/x")
        with pytest.raises(Blocked):
            client.get("http://other.example/x")
        with pytest.raises(Blocked):
            client.get("http://10.0.0.1/x")
    assert [path for path, _ in hub.asked] == ["http://far.example/x", "http://127.0.0.1/x"]


@pytest.fixture
def hub(hub: Hub) -> Hub:
    hub.models["org/model"] = Repository({"README.md": b"card"})
    return hub


@contextmanager
def trickling(begin: bytes, drop: bytes) -> Iterator[str]:
    """`host:port` of a server that answers `begin` and then `drop` every now and then, until its caller hangs up."""

    def answer(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(begin)
            while True:
                connection.sendall(drop)
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def resolving(names: dict[str, list[str]]) -> Any:
    def look_up(host: str, port: int, **_: Any) -> Any:
        if host not in names:
            raise socket.gaierror(f"unknown {host}")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in names[host]]

    return look_up
