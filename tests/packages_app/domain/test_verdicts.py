import json

import pytest

from packages_app.domain.verdicts import CODES, FRAME_BYTES, HELD, Code, Verdict, cleaned, verdict, verdict_from_reply

FRAME = {"id": "1", "code": "approved", "reason": "fine", "lockdown": {"seccomp": HELD}}


def read(written: bytes, *, required: frozenset[str] = frozenset()) -> Verdict:
    return verdict_from_reply(written, request_id="1", required=required, duration_ms=2.5)


def test_a_reply_becomes_a_verdict() -> None:
    found = read(json.dumps(FRAME).encode())
    assert found == Verdict(approved=True, code="approved", reason="fine", duration_ms=2.5, lockdown={"seccomp": HELD})


@pytest.mark.parametrize("code", CODES)
def test_only_one_code_approves(code: Code) -> None:
    found = read(json.dumps(FRAME | {"code": code}).encode())
    assert (found.code, found.approved) == (code, code == "approved")


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"true",
        b"\xff",
        b"not JSON",
        json.dumps(FRAME).encode() * 2,
        json.dumps(FRAME).encode() + b"x",
        b"[" * 16_000,
        json.dumps(FRAME | {"id": "2"}).encode(),
        json.dumps(FRAME | {"id": 1}).encode(),
        json.dumps(FRAME | {"approved": True}).encode(),
        json.dumps({key: value for key, value in FRAME.items() if key != "lockdown"}).encode(),
        json.dumps(FRAME | {"code": "Approved"}).encode(),
        json.dumps(FRAME | {"code": True}).encode(),
        json.dumps(FRAME | {"code": ["approved"]}).encode(),
        json.dumps(FRAME | {"code": {}}).encode(),
        json.dumps(FRAME | {"reason": None}).encode(),
        json.dumps(FRAME | {"lockdown": None}).encode(),
        json.dumps(FRAME | {"lockdown": {"seccomp": True}}).encode(),
        json.dumps(FRAME | {"lockdown": {"moat": HELD}}).encode(),
        json.dumps(FRAME | {"reason": "x" * FRAME_BYTES}).encode(),
        b'{"id": "1", "code": "rejected", "code": "approved", "reason": "", "lockdown": {}}',
        json.dumps(FRAME).encode("utf-16"),
    ],
)
def test_anything_else_is_a_refusal(written: bytes) -> None:
    found = read(written)
    assert (found.approved, found.code, dict(found.lockdown)) == (False, "sandbox_error", {})


@pytest.mark.parametrize(
    ("required", "code"),
    [
        (frozenset(), "approved"),
        (frozenset({"seccomp"}), "approved"),
        (frozenset({"seccomp", "landlock"}), "sandbox_error"),
        (frozenset({"moat"}), "sandbox_error"),
    ],
)
def test_a_missing_layer_is_a_refusal(required: frozenset[str], code: str) -> None:
    assert read(json.dumps(FRAME).encode(), required=required).code == code


def test_a_layer_that_is_missing_is_named() -> None:
    lockdown = {"seccomp": "missing: Function not implemented"}
    found = read(json.dumps(FRAME | {"lockdown": lockdown}).encode(), required=frozenset({"seccomp", "landlock"}))
    assert found.reason == "This server can't keep a policy apart: it lacks landlock, seccomp. Tell an administrator."
    assert dict(found.lockdown) == lockdown


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  a \t b\r\nc\u2028d\u0085e ", "a b c d e"),
        ("a\u0000\u0007\u001b[2Jb", "a[2Jb"),
        ("\u202eevil\u202c \u2066x\u2069 \u200f\u061c", "evil x"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("\ue000\ud800\U000e0041", ""),
        ("naïve 日本 🤗", "naïve 日本 🤗"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("\u0000" * 100_000 + "late", ""),
    ],
)
def test_reasons_are_cleaned(reason: str, shown: str) -> None:
    assert cleaned(reason) == shown


@pytest.mark.parametrize("code", [code for code in CODES if code != "approved"])
def test_every_refusal_has_a_reason(code: Code) -> None:
    assert verdict(code, "\u0000").reason == verdict(code).reason != ""
