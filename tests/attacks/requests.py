"""Requests that mean harm: for every endpoint and every place in it that takes something, what programmers forget."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.flows.conftest import ROOT

SCHEMA = json.loads((ROOT / "frontend" / "openapi.json").read_text())
JSON = {"Content-Type": "application/json"}
TEXTS = (
    *("", " ", "\0", "\x1b[2J", "%00", "\ud800", "\u202e", "модель", "😀", "\r\nX-Evil: 1", "a" * 100_000),
    *("..", "../../etc/passwd", "http://127.0.0.1:1/", "file:///etc/passwd", "pkg:npm/../../x"),
    *("'", "' OR 1=1 --", '"; DROP TABLE users; --', "{{7*7}}", "${7*7}", "<script>alert(1)</script>"),
    *("(?:a+)+$", "[", "*", "\\", "1.2.3-", "~", "^", "-1", "1e999", "NaN", "true", "null", "9" * 400),
)
VALUES: tuple[Any, ...] = (None, True, 0, -1, 2**63, 10**400, 1.5, [], {}, [[]], {"": None}, [None] * 1000, *TEXTS)
BODIES = (
    *(b"", b"{", b"[]", b"null", b"NaN", b"\xff", b'{"a": 1, "a": 2}'),
    *(b"[" * 100_000, b'{"a":' * 10_000, b"0" * 5_000),
)
HEADERS: tuple[Mapping[str, str], ...] = (
    {"X-Auth-Token": "x" * 10_000},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic Og=="},
    {"Cookie": "sessionid=" + "x" * 4_000},
    {"Cookie": "sessionid=\x01; csrftoken="},
    {"Accept": "application/xml"},
    {"Accept": "*/*;q=nan"},
    {"Content-Type": "application/json; charset=nothing"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=" + "b" * 5_000},
    {"Content-Encoding": "gzip"},
    {"X-Forwarded-For": "1.2.3.4, ' OR 1=1"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Range": "bytes=" + "0-0," * 1_000},
    {"If-Modified-Since": "\x7f"},
    {"X-Request-ID": "\x7f" * 99},
    {"Host": "evil.example"},
)


@dataclass(frozen=True)
class Hostile:
    kind: str
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def hostile_requests(ids: Mapping[str, str]) -> Iterator[Hostile]:
    """Some thousands, from our own schema; all but the reset. `ids`: path parameters where they aren't attacked."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            if path != "/reset":
                yield from _in_path(method.upper(), path, ids)
                sound = _filled(path, ids)
                if method != "delete":  # it would be gone for the others
                    yield from _around(method.upper(), sound, operation)
                    yield from _in_body(method.upper(), sound, operation)


def _in_path(method: str, path: str, ids: Mapping[str, str]) -> Iterator[Hostile]:
    for attacked in re.findall(r"\{(\w+)\}", path):
        for text in TEXTS:
            yield Hostile("paths", method, _filled(path, dict(ids) | {attacked: _quoted(text)}))


def _around(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[Hostile]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            for text in TEXTS:
                yield Hostile("queries", method, f"{path}?{parameter['name']}={_quoted(text)}")
    for headers in HEADERS:
        yield Hostile("headers", method, path, headers=headers)


def _in_body(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[Hostile]:
    described = json.dumps(operation.get("requestBody", {}))
    for body in BODIES if "requestBody" in operation else ():
        yield Hostile("bodies", method, path, body, JSON)
    for reference in sorted(set(re.findall(r"#/components/schemas/(\w+)", described))):
        for name in SCHEMA["components"]["schemas"][reference].get("properties", {}):
            for value in VALUES:
                yield Hostile("fields", method, path, json.dumps({name: value}).encode(), JSON)


def _filled(path: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], "1"), path)


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text[:4_000].encode("utf-8", "surrogatepass"))
