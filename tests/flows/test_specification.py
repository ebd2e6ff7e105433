"""The specification's own integration test, kept as it is but for its client and the names of its users."""

from tests.factories.archives import model_package
from tests.flows.conftest import Registry


def test_upload_package(registry: Registry, name: str) -> None:
    client, default_admin_token = registry.http, registry.admin.token

    # Register admin
    client.post(
        "/user/register",
        json={"username": "test-admin", "password": "test123-test123", "permissions": ["admin", "upload"]},
        headers={"X-Auth-Token": default_admin_token},
    )

    # Authenticate
    auth_response = client.post("/authenticate", json={"username": "test-admin", "password": "test123-test123"})
    token = auth_response.json()["token"]

    # Upload package
    response = client.post("/package", files={"file": model_package(name, "1.0.0")}, headers={"X-Auth-Token": token})

    assert response.status_code == 200
    assert "job_id" in response.json()
