"""A whole registry for the flows: `manage.py serve` in a process of its own, spoken to over HTTP."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

ROOT = Path(__file__).resolve().parents[2]
ADMIN_PASSWORD = "correct horse battery staple"
SECONDS_TO_START = 60


@dataclass
class Client:
    """One caller: a user of the registry with a token."""

    http: httpx.Client
    token: str

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"X-Auth-Token": self.token, "Accept": "application/json"} | options.pop("headers", {})
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def upload(self, package: bytes, **fields: Any) -> httpx.Response:
        return self.post("/package", files={"file": ("package.zip", package, "application/zip")}, data=fields)

    def job(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job once it is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.get(f"/job/{job_id}").json()
            if job["status"] not in {"queued", "running"}:
                return job
            time.sleep(0.05)
        raise AssertionError(f"the job is still {job['status']} ({job['stage']})")

    def publish(self, package: bytes, **fields: Any) -> str:
        """Upload and wait; the id of the published package."""
        answer = self.upload(package, **fields)
        assert answer.status_code == 200, answer.text
        job = self.job(answer.json()["job_id"])
        assert job["status"] == "succeeded", job
        return str(answer.json()["package_id"])


@dataclass
class Registry:
    """A running registry."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    http: httpx.Client
    objects: Path

    def sign_in(self, username: str, password: str) -> Client:
        answer = self.http.post("/authenticate", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return Client(self.http, answer.json()["token"])

    @property
    def admin(self) -> Client:
        return self.sign_in("admin", ADMIN_PASSWORD)

    def user(self, *permissions: str) -> Client:
        """A new user with these permissions, signed in."""
        username = f"user-{uuid4().hex[:12]}"
        body = {"username": username, "password": "a long enough passphrase", "permissions": list(permissions)}
        answer = self.admin.post("/user/register", json=body)
        assert answer.status_code == 201, answer.text
        return self.sign_in(username, "a long enough passphrase")


def start_registry(data_dir: Path, **environment: str) -> Registry:
    """A registry of its own on a free port; the caller stops it."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SECRET_KEY"}}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=inherited
        | {
            "PORT": "0",
            "REGISTRY_DATA_DIR": str(data_dir),
            "REGISTRY_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "PROMETHEUS_MULTIPROC_DIR": str(data_dir / "prometheus"),
            "REGISTRY_LOG_LEVEL": "WARNING",
            "REGISTRY_ACTIVITY_SECONDS": "1",
            "REGISTRY_POLICY_SECONDS": "2",
            "REGISTRY_POLICY_TIMEOUTS": "2",
        }
        | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready "):
            url = line.split()[1]
            return Registry(url, data_dir, process, httpx.Client(base_url=url, timeout=60), data_dir / "objects")
    raise AssertionError(f"the registry ended with status {process.wait()} before it was ready")


def stop_registry(registry: Registry) -> None:
    registry.http.close()
    registry.process.send_signal(signal.SIGTERM)
    registry.process.wait(timeout=30)
    assert registry.process.stdout is not None
    registry.process.stdout.close()
