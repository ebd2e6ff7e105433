"""The registry behind API Gateway: the WSGI callable that runs in AWS Lambda."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from registry_project.wsgi import application as registry


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI callable behind API Gateway: the registry, told the caller's address by the gateway alone.

    The gateway appends that address to X-Forwarded-For too; there it would count as one more proxy of ours.
    """
    address = _gateways_word(environ.get("lambda.event") or {})
    forwarded = [entry.strip() for entry in environ.pop("HTTP_X_FORWARDED_FOR", "").split(",")]
    if forwarded[-1] == address:
        forwarded.pop()
    if any(forwarded):
        environ["HTTP_X_FORWARDED_FOR"] = ", ".join(forwarded)
    environ["REMOTE_ADDR"] = address
    return registry(environ, start_response)


def _gateways_word(event: Mapping[str, Any]) -> str:
    identity = event.get("requestContext", {}).get("identity") or {}
    return str(identity.get("sourceIp") or "")
