import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts_app.addresses import client_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "address"),
    [
        (0, None, "192.0.2.1", "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1", "192.0.2.1"),
        (1, "198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "192.0.2.1", "198.51.100.7"),
        (3, "198.51.100.7", "192.0.2.1", "198.51.100.7"),
        (1, None, "192.0.2.1", "192.0.2.1"),
        (1, "unknown", "192.0.2.1", ""),
        (0, None, "", ""),
        (0, None, "fe80::1%eth0", "fe80::1"),
        (0, None, "::ffff:192.0.2.1", "192.0.2.1"),
        (0, None, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    rf: RequestFactory, settings: Settings, proxies: int, forwarded: str | None, peer: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_address(rf.get("/", headers=headers, REMOTE_ADDR=peer)) == address
