"""Where a linked repository's history is fetched from: its host where that is allowed, or the operator's own mirror."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from metrics_app.domain.evidence import Missing

#: How an operator's mirror may be reached; anything else only by https.
MIRROR_SCHEMES = frozenset({"file", "http", "https"})


@dataclass(frozen=True)
class Address:
    """`url` is fetched from by `scheme`; `is_own` where it is the operator's. `host` is empty for this machine."""

    url: str
    scheme: str
    host: str
    is_own: bool


@dataclass(frozen=True)
class Directions:
    """`hosts` may be fetched from by https; `mirrors` map prefixes of repositories' URLs to others, the longest first."""

    hosts: frozenset[str]
    mirrors: Mapping[str, str]

    def address_of(self, repository: str) -> Address | Missing:
        """Where to fetch `repository` (as repository_url spells it) from, or why it is not."""
        prefix = max((known for known in self.mirrors if repository.startswith(known)), key=len, default=None)
        if prefix is not None:
            url = self.mirrors[prefix] + repository.removeprefix(prefix)
            parts = urlsplit(url)
            return Address(url, parts.scheme, parts.netloc, is_own=True)
        host = urlsplit(repository).hostname or ""
        if host in self.hosts:
            return Address(repository, "https", host, is_own=False)
        return Missing(f"Histories are not fetched from {host}; add it to REGISTRY_GIT_HOSTS.", "unavailable")


def parsed_mirrors(words: list[str]) -> dict[str, str]:
    """The mirrors that `prefix=url` words name. Raises ValueError for words that name none."""
    mirrors = {}
    for word in words:
        prefix, _, url = word.partition("=")
        if not prefix.startswith("https://") or urlsplit(url).scheme not in MIRROR_SCHEMES:
            raise ValueError(f"{word!r} is no mirror; write https://github.com/=file:///srv/mirrors/.")
        mirrors[prefix] = url
    return mirrors
