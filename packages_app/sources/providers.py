"""The sources there are, set up as the operator wants them."""

from pathlib import Path

from django.conf import settings

from packages_app.domain.reference import Provider
from packages_app.sources.allowed import allowed_hosts
from packages_app.sources.contract import Source
from packages_app.sources.npm import Npm
from packages_app.sources.npm_client import NpmClient, npm_command
from packages_app.sources.tarball import Bounds


def source_of(provider: Provider, folder: Path) -> Source:
    """The source for `provider`; what its client keeps for itself goes below `folder`."""
    return _npm(folder / "npm") if provider == "npm" else _hub()


def _npm(folder: Path) -> Source:
    own = frozenset(host.lower() for host in settings.OWN_HOSTS)
    client = NpmClient(npm_command(settings.NPM), folder, settings.NPM_SECONDS, settings.UPLOAD_LIMIT_BYTES, own)
    return Npm(client, Bounds(settings.ARCHIVE_MEMBERS, settings.ARCHIVE_UNPACKED_BYTES))


def _hub() -> Source:
    from packages_app.sources.huggingface import HuggingFace  # noqa: PLC0415 - the Hub's client takes a second to load

    return HuggingFace(
        endpoint=settings.HF_ENDPOINT,
        token=settings.HF_TOKEN or None,
        rules=allowed_hosts(),
        most_files=settings.ARCHIVE_MEMBERS,
        most_bytes=settings.UPLOAD_LIMIT_BYTES,
    )
