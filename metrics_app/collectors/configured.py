"""The collectors as the operator set them up."""

from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
from django.conf import settings

from metrics_app.collectors.bubblewrap import Sandbox
from metrics_app.collectors.files import Member, OpenArchive
from metrics_app.collectors.git import GitHistories
from metrics_app.collectors.git_addresses import Directions
from metrics_app.collectors.git_clones import Clones
from metrics_app.collectors.git_scout import Scout
from metrics_app.collectors.github import GitHub
from metrics_app.collectors.github_addresses import PUBLIC_API, graphql_endpoint
from metrics_app.collectors.outages import Outages
from metrics_app.collectors.reproducibility import NOT_SET_UP, Demonstrations
from metrics_app.collectors.together import GRACE_SECONDS, Collectors, ModelHub
from metrics_app.domain.evidence import ArchiveEvidence, Missing, ReproducibilityEvidence
from packages_app.sources.allowed import allowed_hosts
from packages_app.sources.guard import Rules, guarded_client

#: A host that takes longer to say whether a repository is there counts as down.
SCOUT_SECONDS = 15.0
M = TypeVar("M", bound=Member)


def collectors() -> Collectors:
    return Collectors(
        git=git_histories,
        github=github,
        hub=hub,
        seconds={
            "git": settings.GIT_SECONDS + GRACE_SECONDS,
            "history": settings.GIT_SECONDS + GRACE_SECONDS,
            "github": settings.GIT_SECONDS + settings.GITHUB_SECONDS + GRACE_SECONDS,  # it waits for the history
            "hub": settings.HUB_SECONDS + GRACE_SECONDS,
            "reproducibility": settings.REPRODUCIBILITY_SECONDS + GRACE_SECONDS,
        },
        site=settings.HF_ENDPOINT,
    )


def outages() -> Outages:
    return Outages(settings.COLLECTED_DIR / "outages", settings.OUTAGE_SECONDS)


def git_histories() -> GitHistories:
    clones = Clones(
        folder=settings.COLLECTED_DIR / "git",
        most_bytes=settings.GIT_BYTES,
        all_bytes=settings.GIT_ALL_BYTES,
        most_commits=settings.GIT_COMMITS,
        fresh_seconds=settings.GIT_FRESH_SECONDS,
    )
    directions = Directions(frozenset(settings.GIT_HOSTS), settings.GIT_MIRRORS)
    return GitHistories(directions, _scout(frozenset(settings.GIT_HOSTS)), clones, outages(), settings.GIT_SECONDS)


def github() -> GitHub:
    return GitHub(
        client=_client(urlsplit(settings.GITHUB_API_URL).hostname or ""),
        endpoint=graphql_endpoint(settings.GITHUB_API_URL),
        host=urlsplit(settings.GITHUB_SERVER_URL).hostname or "",
        token=settings.GITHUB_TOKEN,
        outages=outages(),
        seconds=settings.GITHUB_SECONDS,
    )


def hub() -> ModelHub:
    from huggingface_hub import HfApi  # noqa: PLC0415 - the Hub's client takes a second to load

    from metrics_app.collectors.hub import Hub  # noqa: PLC0415 - for the same reason
    from packages_app.sources.huggingface import reach_hub_by  # noqa: PLC0415

    reach_hub_by(allowed_hosts())
    api = HfApi(endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN or False)
    return Hub(api, bool(settings.HF_TOKEN), outages(), settings.HUB_SECONDS)


def demonstrate(seen: ArchiveEvidence, archive: OpenArchive[M], name: str) -> ReproducibilityEvidence | Missing:
    """What comes of running the code in the card of `seen`, on the files of `archive`; cards call it `name`."""
    if settings.REPRODUCIBILITY_PYTHON is None:
        return NOT_SET_UP
    sandbox = Sandbox(settings.REPRODUCIBILITY_PYTHON, settings.REPRODUCIBILITY_MEMORY_BYTES)
    running = Demonstrations(sandbox, settings.REPRODUCIBILITY_SECONDS, settings.REPRODUCIBILITY_BYTES)
    return running.collect(seen, archive, name)


@lru_cache(maxsize=1)
def _scout(hosts: frozenset[str]) -> Scout:
    return Scout(Rules(hosts, frozenset(host.lower() for host in settings.OWN_HOSTS)), SCOUT_SECONDS)


@lru_cache(maxsize=1)
def _client(host: str) -> httpx2.Client:
    """One that goes to `host` alone, kept for the process, since connections are worth keeping."""
    public = frozenset({PUBLIC_API})
    return guarded_client(Rules(public, frozenset({host} - public)))
