"""What the web server refuses by itself, before any of our code is asked, said as everything else is said."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors as unread
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from registry_project.requests import LENGTH_REQUIRED, UNFRAMED

_HEADERS = (
    "Connection: close",
    "Content-Type: application/json",
    "Content-Security-Policy: default-src 'none'",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
)


@dataclass(frozen=True)
class Refusal:
    """What to answer to a request that can't be read."""

    status: HTTPStatus
    code: str
    detail: str

    def written(self) -> bytes:
        body = json.dumps({"detail": self.detail, "code": self.code})
        head = (f"HTTP/1.1 {self.status.value} {self.status.phrase}", *_HEADERS, f"Content-Length: {len(body)}")
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode("ascii")


def refusal_of(exc: Exception) -> Refusal | None:
    """What to answer to what gunicorn's parser raised; None where it is no fault of the sender's."""
    header = str(getattr(exc, "hdr", "")).title()
    match exc:
        case unread.InvalidResponseHeader() | unread.InvalidResponseHeaderName() | unread.ConfigurationProblem():
            return None
        case unread.LimitRequestLine():
            said = "The address is too long; at most 4,094 bytes are read."
            return Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "uri_too_long", said)
        case unread.LimitRequestHeaders():
            said = "There are too many headers, or one is too long; at most 100 of 8,190 bytes are read."
            return Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", said)
        case unread.ExpectationFailed():
            said = "Of what a request may expect, only 100-continue is known here."
            return Refusal(HTTPStatus.EXPECTATION_FAILED, "expectation_failed", said)
        case unread.UnsupportedTransferCoding():
            return Refusal(HTTPStatus.LENGTH_REQUIRED, LENGTH_REQUIRED, UNFRAMED)
        case unread.InvalidHeader() if header == "Transfer-Encoding":
            return Refusal(HTTPStatus.LENGTH_REQUIRED, LENGTH_REQUIRED, UNFRAMED)
        case unread.InvalidHeader() | unread.InvalidHeaderName() | unread.ObsoleteFolding():
            return _malformed(f"The header {header[:100]} can't be read, or is there twice")
        case unread.InvalidHTTPVersion():
            return _malformed("The version of HTTP is not spoken here")
        case unread.ParseException():
            return _malformed("The request can't be read")
    return None


class RefusingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's worker with threads, whose own refusals are those of `refusal_of`."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        refusal = refusal_of(exc)
        if refusal is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Invalid request from %s: %s", addr[0] if addr else "a socket", exc)
        try:
            write_nonblock(client, refusal.written())
        except OSError:
            self.log.debug("Whoever sent an invalid request has gone.")


def _malformed(what: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "invalid", f"{what}; send well-formed HTTP/1.1 in ASCII.")
