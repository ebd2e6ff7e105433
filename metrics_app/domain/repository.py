"""What a manifest's repository field points at, as one web address."""

import re

HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "codeberg": "codeberg.org"}
SHORT = re.compile(
    r"(?:(?P<host>github|gitlab|bitbucket|codeberg):)?(?P<path>[\w.-]+/[\w.-]+?)(?:#.*)?$", re.IGNORECASE
)
SCP = re.compile(r"(?:ssh://)?(?:[\w.-]+@)(?P<host>[\w.-]+)[:/](?P<path>[\w./~-]+?)(?:#.*)?$")
URL = re.compile(
    r"(?:git\+|scm:git:)?(?:https?|git|ssh|git\+ssh)://(?:[^@/\s]*@)?(?P<host>[\w.-]+)(?::\d+)?/(?P<path>[^\s?#]+?)(?:[?#].*)?$",
    re.IGNORECASE,
)


def repository_url(text: str) -> str | None:
    """`https://host/owner/name` for the spellings npm and model cards use, or None where `text` names no repository.

    Credentials, ports, fragments, `.git` and the page below the repository (`/tree/main/…`) are dropped.
    """
    stripped = text.strip()[:500]
    found = URL.match(stripped) or SCP.match(stripped) or SHORT.match(stripped)
    if not found:
        return None
    host = (found["host"] or "github").lower().removeprefix("www.")
    parts = [part for part in found["path"].split("/") if part]
    host = HOSTS.get(host, host)
    if host in {"github.com", "bitbucket.org", "codeberg.org", "huggingface.co"}:
        parts = parts[:2]
    parts = parts[: parts.index("-")] if "-" in parts else parts
    if len(parts) < 2 or "." not in host or any(set(part) <= {"."} for part in parts):
        return None
    return f"https://{host}/{'/'.join(parts).removesuffix('.git')}"
