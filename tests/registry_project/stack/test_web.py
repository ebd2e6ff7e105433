import socket
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from registry_project.stack import web
from registry_project.stack.errors import StackError
from registry_project.stack.parts import Forked

# From Python 3.12 on, a fork beside pytest-xdist's threads is warned of; what is forked here takes none of their locks.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def test_taken_port_is_refused() -> None:
    with web.listening_place("127.0.0.1", "0") as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(StackError) as refusal:
            web.listening_place("127.0.0.1", port)
    said = f"Port {port} of 127.0.0.1 can't be used (Address already in use); set PORT to another one, or to 0 for any."
    assert str(refusal.value) == said


@pytest.mark.parametrize("port", ["", "http", "-1", "65536", "8000.0"])
def test_port_must_be_a_number(port: str) -> None:
    with pytest.raises(StackError) as refusal:
        web.listening_place("127.0.0.1", port)
    assert str(refusal.value) == f"PORT must be a number from 0 to 65535, not {port!r}."


@pytest.mark.parametrize(
    ("address", "printed"),
    [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:")],
)
def test_url_is_one_that_a_browser_here_can_open(address: str, printed: str) -> None:
    if ":" in address and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with web.listening_place(address, "0") as listener:
        assert web.url(listener) == f"{printed}{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("answer", "live"), [("200 OK", True), ("404 Not Found", False), ("503 Service Unavailable", False)]
)
def test_live_is_what_answers_well(answer: str, live: bool) -> None:
    def application(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start(answer, [("Content-Length", "0")])
        return []

    with web.listening_place("127.0.0.1", "0") as listener:
        server = Forked("web server", lambda: web.serve(application, listener, processes=1, threads=1))
        server.start()
        try:
            assert web.is_live(listener, "localhost") == live
            assert server.ended() is None
        finally:
            server.end_now()


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
