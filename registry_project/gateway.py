"""The registry behind API Gateway: the WSGI callable that runs in AWS Lambda."""

from collections.abc import Callable, Iterable
from typing import Any

from registry_project.wsgi import application as registry


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI callable behind API Gateway: the registry, told the caller's address and the request's id by it alone.

    The gateway appends that address to X-Forwarded-For too; there it would count as one more proxy of ours. The id is the
    one in the gateway's own log.
    """
    context = (environ.get("lambda.event") or {}).get("requestContext", {})
    address = str((context.get("identity") or {}).get("sourceIp") or "")
    if context.get("requestId"):
        environ["HTTP_X_REQUEST_ID"] = str(context["requestId"])
    forwarded = [entry.strip() for entry in environ.pop("HTTP_X_FORWARDED_FOR", "").split(",")]
    if forwarded[-1] == address:
        forwarded.pop()
    if any(forwarded):
        environ["HTTP_X_FORWARDED_FOR"] = ", ".join(forwarded)
    environ["REMOTE_ADDR"] = address
    return registry(environ, start_response)
