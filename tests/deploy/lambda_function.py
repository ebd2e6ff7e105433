"""The built package as a function that can be invoked: its zip unpacked, its handler in a process of its own."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

HOST = "registry.example.org"
VIEWER, CLOUDFRONT = "198.51.100.7", "192.0.2.44"
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
_RUNTIME = Path(__file__).with_name("lambda_runtime.py")


@dataclass
class Answer:
    """API Gateway's answer to its client."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class LambdaFunction:
    """The handler of the package unpacked at `place`, with only `environment` around it. A context manager."""

    def __init__(self, place: Path, environment: dict[str, str]) -> None:
        self._place, self._environment = place, environment

    def __enter__(self) -> "LambdaFunction":
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(_RUNTIME), str(self._place)],
            env={"PATH": os.defpath, "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC"} | self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def invoke(self, event: dict[str, Any]) -> Any:
        """What the handler returns for `event`. Raises AssertionError where it raises or the process ends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline() or '{"raised": "the process ended"}')
        assert "returned" in said, said
        return said["returned"]

    def request(self, method: str, path: str, *, host: str = HOST, body: bytes = b"", **headers: str) -> Answer:
        """Send a request as API Gateway does, behind CloudFront, which both say where it came from."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": f"{VIEWER}, {CLOUDFRONT}"} | named
        said = self.invoke(
            {
                "resource": "/{proxy+}",
                "httpMethod": method,
                "path": path,
                "headers": given,
                "multiValueHeaders": {name: [value] for name, value in given.items()},
                "multiValueQueryStringParameters": None,
                "requestContext": {
                    "stage": "production",
                    "requestId": REQUEST_ID,
                    "identity": {"sourceIp": CLOUDFRONT},
                },
                "body": base64.b64encode(body).decode() or None,
                "isBase64Encoded": bool(body),
            }
        )
        answered = {name.lower(): values[-1] for name, values in said["multiValueHeaders"].items()}
        text = said.get("body") or ""
        content = base64.b64decode(text) if said.get("isBase64Encoded") else text.encode()
        return Answer(said["statusCode"], answered, content)

    def post(self, path: str, data: object, **headers: str) -> Answer:
        """Send `data` as JSON."""
        headers = {"Content_Type": "application/json", "Accept": "application/json"} | headers
        return self.request("POST", path, body=json.dumps(data).encode(), **headers)


def unpack(package: Path, place: Path) -> None:
    with ZipFile(package) as archive:
        archive.extractall(place)
