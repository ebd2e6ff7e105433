"""The hosts that this registry's workers may fetch from, as the operator set them."""

from urllib.parse import urlsplit

from django.conf import settings

from packages_app.sources.guard import Rules

_PORTS = {"https": 443, "http": 80}


def allowed_hosts() -> Rules:
    """The public ones, the operator's own, and the Hub that HF_ENDPOINT names where that is not the public one."""
    public = frozenset(settings.PUBLIC_HOSTS)
    hub = urlsplit(settings.HF_ENDPOINT)
    own = {host.lower() for host in settings.OWN_HOSTS}
    if hub.hostname and hub.hostname not in public:
        own.add(f"{hub.hostname}:{hub.port or _PORTS.get(hub.scheme, 443)}")
    return Rules(public, frozenset(own))
