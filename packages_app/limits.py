"""The operator's limits on what an archive may hold, as the domain takes them."""

from django.conf import settings

from packages_app.domain.framing import Limits


def archive_limits() -> Limits:
    return Limits(
        members=settings.ARCHIVE_MEMBERS,
        unpacked_bytes=settings.ARCHIVE_UNPACKED_BYTES,
        member_bytes=settings.ARCHIVE_MEMBER_BYTES,
        ratio=settings.ARCHIVE_RATIO,
    )
