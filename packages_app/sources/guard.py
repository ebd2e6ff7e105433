"""The way out: only to hosts that were allowed, at addresses that were looked at, for no more bytes and time than due.

Every request of a guarded client passes here, each hop of a redirect included. A name is resolved once for a request
and the connection is made to the very address that was checked, so that a name can't mean another machine in between.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.request import getproxies, proxy_bypass

import httpx2

from packages_app.sources.deadline import Deadline, TimedNetwork

MIB = 1024 * 1024
_DEFAULT_PORTS = {"https": 443, "http": 80}
_TIMEOUTS = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 10.0}
_MOST_REDIRECTS = 5
_MOST_ADDRESSES = 4
_ANSWER_BYTES = 64 * MIB
_ANSWER_SECONDS = 120.0


class Blocked(Exception):
    """A request that this registry doesn't make; `str(error)` says why in one sentence."""


class Overlong(httpx2.TransportError):
    """An answer of more bytes, or that took more time, than was due."""


@dataclass(frozen=True)
class Rules:
    """`public`: hosts on the Internet, `.example.org` for all below it, by https alone and never at a private address.
    `own`: the operator's hosts, `host` or `host:port`, wherever they are and by either scheme."""

    public: frozenset[str]
    own: frozenset[str] = frozenset()

    def is_own(self, host: str, port: int) -> bool:
        return host in self.own or f"{host}:{port}" in self.own

    def is_public(self, host: str) -> bool:
        return host in self.public or any(name.startswith(".") and host.endswith(name) for name in self.public)


@dataclass(frozen=True)
class Due:
    """The most that an answer may be: bytes of its body, and seconds from the question to the last of them."""

    bytes: int = _ANSWER_BYTES
    seconds: float = _ANSWER_SECONDS


def guarded_client(rules: Rules) -> httpx2.Client:
    """A client that reaches only what `rules` allow. Raises Blocked and Overlong beside httpx2's own errors.

    A request's extension `due` (a Due) replaces the ordinary bounds of its answer.
    """
    return httpx2.Client(
        transport=Guard(rules),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        trust_env=False,
        timeout=60,
    )


class Guard(httpx2.BaseTransport):
    """The transport that does the looking."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._context = httpx2.create_ssl_context()
        self._ways: dict[str, httpx2.HTTPTransport] = {}
        self._deadline = Deadline()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises Blocked, Overlong, httpx2.TransportError."""
        url = request.url
        port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
        own = self._rules.is_own(url.host, port)
        if not own and not (url.scheme == "https" and port == 443 and self._rules.is_public(url.host)):
            raise Blocked(f"{url.scheme}://{url.host}:{port} is not among the hosts this registry may fetch from.")
        # A client may pass no timeouts at all, which would mean to wait for ever.
        given = cast("dict[str, float | None]", request.extensions.get("timeout", {}))
        request.extensions["timeout"] = {kind: given.get(kind) or most for kind, most in _TIMEOUTS.items()}
        asked = request.extensions.get("due")
        due = asked if isinstance(asked, Due) else Due()
        until = time.monotonic() + due.seconds
        self._deadline.at = until
        try:
            response = self._answer(request, port, own=own)
        finally:
            self._deadline.at = None
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            response.close()
            raise Overlong(f"{url.host} sent a compressed answer, whose size can't be told beforehand.")
        response.stream = _Bounded(cast(httpx2.SyncByteStream, response.stream), due, until)
        return response

    def close(self) -> None:
        for way in self._ways.values():
            way.close()

    def _answer(self, request: httpx2.Request, port: int, *, own: bool) -> httpx2.Response:
        host = request.url.host
        proxy = None if proxy_bypass(host) else getproxies().get(request.url.scheme)
        if proxy is None:
            return self._directly(request, port, own=own)
        # The operator's proxy resolves names, so that only a literal address can be looked at here.
        if _is_address(host):
            checked_addresses(host, port, own=own)
        return self._way(proxy, proxy).handle_request(request)

    def _way(self, name: str, proxy: str | None = None) -> httpx2.HTTPTransport:
        if name not in self._ways:
            self._ways[name] = _Way(self._context, self._deadline, proxy)
        return self._ways[name]

    def _directly(self, request: httpx2.Request, port: int, *, own: bool) -> httpx2.Response:
        host = request.url.host
        failure: httpx2.TransportError | None = None
        for address in checked_addresses(host, port, own=own)[:_MOST_ADDRESSES]:
            pinned = httpx2.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                # One pool a host: connections are told apart by address, and two hosts may share one.
                return self._way(host).handle_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure or httpx2.ConnectError(f"{host} has no address.")


class _Way(httpx2.HTTPTransport):
    """A pool of connections whose reads keep a deadline."""

    def __init__(self, context: ssl.SSLContext, deadline: Deadline, proxy: str | None) -> None:
        super().__init__(verify=context, proxy=proxy, trust_env=False)
        network = self._pool._network_backend  # noqa: SLF001 - httpx2 lets nobody name a network of his own
        self._pool._network_backend = TimedNetwork(network, deadline)  # noqa: SLF001 - as above


def checked_addresses(host: str, port: int, *, own: bool) -> list[str]:
    """The addresses of `host`. Raises Blocked when one is not on the public Internet, unless the host is the operator's
    own, and httpx2.ConnectError when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx2.ConnectError(f"The name {host} can't be resolved ({error.strerror}).") from error
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    for address in addresses:
        if not own and not is_public(address):
            raise Blocked(f"{host} leads to {address}, which is not on the public Internet.")
    return addresses


def is_public(address: str) -> bool:
    """Whether `address` is on the public Internet, for IPv6 also where it wraps an IPv4 address."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if not inner and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return parsed.is_global and not (
        parsed.is_multicast or parsed.is_reserved or any(parsed in network for network in _SPECIAL)
    )


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Special though `is_global` has them public: protocol assignments (a cloud's metadata among them), relays of 6to4, site-local
#: and documentation addresses, and the host that Azure's machines are set up by.
_SPECIAL = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "3fff::/20", "168.63.129.16/32"))
)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Bounded(httpx2.SyncByteStream):
    """A body that ends with an error where it is more than due."""

    def __init__(self, stream: httpx2.SyncByteStream, due: Due, until: float) -> None:
        self._stream = stream
        self._due = due
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for chunk in self._stream:
            count += len(chunk)
            if count > self._due.bytes:
                raise Overlong(f"The answer has more than {self._due.bytes:,} bytes.")
            if time.monotonic() > self._until:
                raise Overlong(f"The answer took more than {self._due.seconds:g} seconds.")
            yield chunk

    def close(self) -> None:
        self._stream.close()
