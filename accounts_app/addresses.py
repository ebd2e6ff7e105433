"""Where a request comes from, believing only the proxies that are ours."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client behind `settings.TRUSTED_PROXIES` proxies of ours, or "" where it isn't known.

    Each proxy appends the address it was called from to X-Forwarded-For, so only that many entries, counted from the
    right, are anyone's word but the client's own.
    """
    forwarded = [entry for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()]
    chain = [*(forwarded if settings.TRUSTED_PROXIES else []), request.META.get("REMOTE_ADDR", "")]
    return _plain(chain[max(0, len(chain) - 1 - settings.TRUSTED_PROXIES)])


def _plain(address: str) -> str:
    """The address as PostgreSQL's inet takes it: without zone, IPv4 as IPv4; "" for what is no address."""
    try:
        parsed = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return ""
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)
