"""The people of the demonstration: registered once, and known again as long as their passwords are kept."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from demo.client import Refused, Registry
from demo.family import PEOPLE


def signed_in_people(
    registry: Registry, admin: Registry, kept: Path, say: Callable[[str], None]
) -> Mapping[str, Registry]:
    """The registry as each of PEOPLE sees it, those registered who were not there; their passwords are said this once.

    `kept` is the file for their passwords, written only where its directory exists. Somebody who is registered already
    and whose password isn't in it is left out, with a word. Raises Unreachable and Refused.
    """
    passwords = _read(kept)
    sessions = {}
    for username, permissions in PEOPLE.items():
        password = secrets.token_urlsafe(18)
        try:
            admin.register(username, password, permissions)
        except Refused as refused:
            if refused.status != 409:
                raise
        else:
            passwords[username] = password
            _write(kept, passwords)
            say(f"registered {username}, password {password}")
        session = _session(registry, username, passwords.get(username))
        if session is None:
            say(f"{username} is registered already with a password unknown here; its part is left out")
        else:
            sessions[username] = session
    return sessions


def _session(registry: Registry, username: str, password: str | None) -> Registry | None:
    if password is None:
        return None
    try:
        return registry.signed_in(username, password)
    except Refused as refused:
        if refused.status != 401:
            raise
        return None


def _read(kept: Path) -> dict[str, str]:
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(kept: Path, passwords: Mapping[str, str]) -> None:
    """For the owner's eyes only."""
    if not kept.parent.is_dir():
        return
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(passwords), file, indent=2)
