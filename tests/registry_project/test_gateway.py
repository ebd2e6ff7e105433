from typing import Any

import pytest

from registry_project import gateway

VIEWER, CLOUDFRONT = "198.51.100.7", "192.0.2.44"


@pytest.mark.parametrize(
    ("forwarded", "source", "seen_forwarded", "seen_peer"),
    [
        (f"{VIEWER}, {CLOUDFRONT}", CLOUDFRONT, VIEWER, CLOUDFRONT),
        (f"203.0.113.9, {VIEWER}, {CLOUDFRONT}", CLOUDFRONT, f"203.0.113.9, {VIEWER}", CLOUDFRONT),
        (VIEWER, VIEWER, None, VIEWER),
        (f"203.0.113.9,{VIEWER}", VIEWER, "203.0.113.9", VIEWER),
        (None, VIEWER, None, VIEWER),
        ("203.0.113.9", None, "203.0.113.9", ""),
        (None, None, None, ""),
    ],
)
def test_only_the_gateway_says_who_called(
    monkeypatch: pytest.MonkeyPatch,
    forwarded: str | None,
    source: str | None,
    seen_forwarded: str | None,
    seen_peer: str,
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(gateway, "registry", lambda environ, _start: seen.update(environ) or [])
    environ: dict[str, Any] = {
        "REMOTE_ADDR": "made up by the adapter",
        "lambda.event": {"requestContext": {"identity": {"sourceIp": source}}},
    }
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    gateway.application(environ, lambda *_: None)
    assert (seen.get("HTTP_X_FORWARDED_FOR"), seen["REMOTE_ADDR"]) == (seen_forwarded, seen_peer)


@pytest.mark.parametrize(
    ("sent", "context", "seen_id"),
    [
        ("mine", {"requestId": "of-the-gateway"}, "of-the-gateway"),
        (None, {"requestId": "of-the-gateway"}, "of-the-gateway"),
        ("mine", {}, "mine"),
        (None, {}, None),
    ],
)
def test_requests_go_by_the_gateways_id(
    monkeypatch: pytest.MonkeyPatch, sent: str | None, context: dict[str, Any], seen_id: str | None
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(gateway, "registry", lambda environ, _start: seen.update(environ) or [])
    environ: dict[str, Any] = {"lambda.event": {"requestContext": context}}
    if sent is not None:
        environ["HTTP_X_REQUEST_ID"] = sent
    gateway.application(environ, lambda *_: None)
    assert seen.get("HTTP_X_REQUEST_ID") == seen_id


def test_an_event_without_a_context_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(gateway, "registry", lambda environ, _start: seen.update(environ) or [])
    gateway.application({}, lambda *_: None)
    assert seen == {"REMOTE_ADDR": ""}
