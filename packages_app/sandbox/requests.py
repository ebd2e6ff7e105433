"""A question to a policy, and how it travels to the process that answers it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from packages_app.sandbox.settings import SandboxSettings
from packages_app.sandbox.zones import offset_table

#: Milliseconds whose nanoseconds fit into the guest's clock.
_END_OF_TIME: Final = 2**63 // 1_000_000


@dataclass(frozen=True)
class PolicyRequest:
    """May `downloader` have this package? `now` is aware; `timezone` is the IANA name of the policy's own time zone."""

    source: str
    model_name: str
    uploader: str
    downloader: str
    zip_path: str
    now: datetime
    timezone: str

    @property
    def arguments(self) -> tuple[str, str, str, str]:
        """In the order of validateDownload's parameters."""
        return self.model_name, self.uploader, self.downloader, self.zip_path


class TooLarge(Exception):
    """The policy or an argument is larger than the settings allow; the message says which."""


class NotText(Exception):
    """The policy has characters that no UTF-8 text can have."""


def encoded(request: PolicyRequest, settings: SandboxSettings, *, request_id: str, call: bool) -> bytes:
    """The request as its process reads it; with `call` false the function is looked for, not called.

    Raises TooLarge, NotText, zones.UnknownZone, and ValueError for a `now` that is naive or that the engine can't tell.
    """
    _check_size(request, settings)
    table = offset_table(request.timezone)
    asked = {
        "id": request_id,
        "source": request.source,
        "arguments": request.arguments if call else None,
        "now_ms": _milliseconds(request.now),
        "starts": table.starts,
        "offsets": table.offsets,
    }
    return json.dumps(asked).encode("ascii")


def _milliseconds(now: datetime) -> int:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    milliseconds = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    if not 0 <= milliseconds < _END_OF_TIME:
        raise ValueError("now must lie between 1970 and 2262")
    return milliseconds


def _check_size(request: PolicyRequest, settings: SandboxSettings) -> None:
    try:
        size = len(request.source.encode("utf-8"))
    except UnicodeEncodeError:
        raise NotText from None
    if size > settings.source_bytes:
        raise TooLarge(f"The policy has {size:,} bytes; at most {settings.source_bytes:,} are run.")
    for argument in request.arguments:
        if len(argument) > settings.argument_characters:
            raise TooLarge(
                f"An argument has {len(argument):,} characters; at most {settings.argument_characters:,} fit."
            )
