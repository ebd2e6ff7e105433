"""The web server: gunicorn with threads, on a socket that the supervisor holds."""

import contextlib
import http.client
import ipaddress
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from registry_project.stack.errors import StackError
from registry_project.stack.refusing import RefusingWorker

_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108 # gunicorn makes a file there that has no name

_BACKLOG = 2048


def listening_place(address: str, port: str) -> socket.socket:
    """A socket bound to `address` and `port` (0: any free one), so that nobody else can take them.

    Raises StackError where they are no address and port, or not to be had.
    """
    if not port.isdecimal() or int(port) > 65535:
        raise StackError(f"PORT must be a number from 0 to 65535, not {port!r}.")
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address, int(port), type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as undone:
            bound = undone.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(where)
            bound.listen(_BACKLOG)  # two may bind one place, but not listen; early callers wait, they aren't refused
            undone.pop_all()
            return bound
    except socket.gaierror as wrong:
        raise StackError(f"REGISTRY_BIND must be an address of this machine, not {address!r}.") from wrong
    except OSError as wrong:
        raise StackError(
            f"Port {port} of {address} can't be used ({wrong.strerror}); set PORT to another one, or to 0 for any."
        ) from wrong


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, application: Callable[..., Any], options: dict[str, Any]) -> None:
        self._application = application
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self._application


def serve(application: Callable[..., Any], listener: socket.socket, *, processes: int, threads: int) -> None:
    """Answer requests on `listener` with `application`, a WSGI callable, until SIGTERM."""
    options = {
        "bind": f"fd://{os.dup(listener.fileno())}",  # gunicorn closes the one it is given
        "worker_class": RefusingWorker,
        "forwarded_allow_ips": "",  # what a proxy says is believed where the settings say so, and nowhere else
        "workers": processes,
        "threads": threads,
        "preload_app": True,
        "keepalive": 15,
        "graceful_timeout": 4,
        "timeout": 60,  # of a whole process; a thread may take as long as its upload lasts
        "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
        "loglevel": "warning",  # requests are logged by our own middleware
        "control_socket_disable": True,
    }
    _Server(application, options).run()


def is_live(listener: socket.socket, host: str) -> bool:
    """Whether /health/live answers on `listener`, asked as `host`."""
    connection = http.client.HTTPConnection(*_near(listener), timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/live", headers={"Host": host, "Connection": "close"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def url(listener: socket.socket) -> str:
    """Where a browser on this machine finds `listener`."""
    address, port = _near(listener)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _near(listener: socket.socket) -> tuple[str, int]:
    address, port = listener.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:  # every address of this machine
        address = "::1" if ":" in address else "127.0.0.1"
    return address, port
