from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from packages_app.sandbox.settings import Server
from registry_project import checks

SOUND: dict[str, Any] = {
    "ALLOWED_HOSTS": ["registry.example.org"],
    "DATABASES": {"default": {"HOST": "pooler", "OPTIONS": {"sslmode": "require"}}},
    "SQS_QUEUE": "jobs",
    "S3_BUCKET": "packages",
    "DATA_DIR": None,
    "BEHIND_TLS": True,
    "POLICY_SERVER": Server("sandbox", 6433, b"key"),
    "ADMIN_PASSWORD_IS_SET": False,
}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"ALLOWED_HOSTS": ["*"]}, ["registry.E001"]),
        ({"ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"]}, ["registry.E001"]),
        ({"DATABASES": {"default": {"HOST": "pooler"}}}, ["registry.E002"]),
        ({"DATABASES": {"default": {"HOST": "pooler", "OPTIONS": {"sslmode": "prefer"}}}}, ["registry.E002"]),
        ({"DATABASES": {"default": {"HOST": "pooler", "OPTIONS": {"sslmode": "verify-full"}}}}, []),
        ({"DATABASES": {"default": {"HOST": "/run/postgresql"}}}, []),
        ({"DATABASES": {"default": {}}}, []),
        ({"S3_BUCKET": ""}, ["registry.E003"]),
        ({"S3_BUCKET": "", "SQS_QUEUE": ""}, ["registry.E004"]),
        ({"S3_BUCKET": "", "SQS_QUEUE": "", "DATA_DIR": Path("/var/lib/registry")}, []),
        ({"BEHIND_TLS": False}, ["registry.E005"]),
        ({"POLICY_SERVER": None}, ["registry.W002"]),
        ({"POLICY_SERVER": None, "SQS_QUEUE": ""}, []),
        ({"ADMIN_PASSWORD_IS_SET": True}, ["registry.W001"]),
    ],
)
def test_what_a_deployment_must_not_do(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], found: list[str]
) -> None:
    monkeypatch.setattr(checks, "settings", SimpleNamespace(**SOUND | changed))
    assert [message.id for message in checks.check_production(None)] == found
