"""A look ahead of git: where a repository has moved to, and at which address its host is.

git itself follows no redirect and resolves no name here, so that it can't be led to a host that was not allowed, nor to
a machine inside the operator's network.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

import httpx2

from metrics_app.collectors.git_addresses import Address
from metrics_app.domain.evidence import Missing
from packages_app.sources.guard import Blocked, Due, Rules, checked_addresses, guarded_client

REFS = "/info/refs"
PORTS = {"https": 443, "http": 80}
#: What a server of Git's second protocol answers with fits a thousand times; older ones list every branch.
ANSWER_BYTES = 64 * 1024 * 1024
NOT_THERE = frozenset({401, 403, 404, 410, 451})


class Unreached(Exception):
    """The host gave no answer; `str(error)` says how."""


@dataclass(frozen=True)
class Scout:
    """Looks only where `rules` allow, for at most `seconds`."""

    rules: Rules
    seconds: float

    def found(self, address: Address) -> tuple[Address, tuple[str, ...]] | Missing:
        """Where `address` is now, and the options that lead git to the very machine that was looked at.

        Raises Unreached.
        """
        try:
            moved = self._followed(address)
            return moved if isinstance(moved, Missing) else (moved, self._pinned(moved))
        except Blocked as error:
            return Missing(f"{address.url} leads elsewhere: {error}", "absent")
        except httpx2.HTTPError as error:
            raise Unreached(str(error) or type(error).__name__) from error

    def _followed(self, address: Address) -> Address | Missing:
        bounds = {"due": Due(ANSWER_BYTES, self.seconds)}
        url, headers = f"{address.url}{REFS}?service=git-upload-pack", {"Git-Protocol": "version=2"}
        with self._client.stream("GET", url, headers=headers, extensions=bounds, timeout=self.seconds) as answer:
            if answer.status_code in NOT_THERE:
                return Missing(f"There is no repository {address.url} that everybody may read.", "absent")
            if not answer.is_success:
                raise Unreached(f"HTTP {answer.status_code}")
            final = answer.url.copy_with(query=None)
            moved = str(final).removesuffix(REFS)
            host = final.host if final.port is None else f"{final.host}:{final.port}"
            return replace(address, url=moved, scheme=final.scheme, host=host)

    def _pinned(self, address: Address) -> tuple[str, ...]:
        parts = urlsplit(address.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        found = checked_addresses(host, port, own=self.rules.is_own(host, port))
        shown = ",".join(f"[{one}]" if ":" in one else one for one in found)
        return (f"http.curloptResolve={host}:{port}:{shown}",)

    @cached_property
    def _client(self) -> httpx2.Client:
        return guarded_client(self.rules)
