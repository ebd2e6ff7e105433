"""What a model card's front matter declares, as evidence."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from metrics_app.collectors.files import ManifestError
from metrics_app.domain.evidence import DeclaredLicence
from metrics_app.domain.readme import FRONT_MATTER
from metrics_app.domain.repository import repository_url

FRONT_MATTER_CHARACTERS = 256 * 1024
LINK_FIELDS = ("repository", "repo", "repo_url", "code", "code_url", "github", "github_url", "source")
#: A labelled line of the card's own "Model Sources": prose links to too much else.
LABELLED = re.compile(
    r"^[ \t>*+-]{0,20}(?:repository|github(?: repo(?:sitory)?)?|code|source(?: code)?)\s*\**\s*:\s*\**\s*"
    r"(?:\[[^\]]*\]\()?<?(?P<url>https?://[^\s)>\]]+)",
    re.IGNORECASE | re.MULTILINE,
)
EMPTY = {"", "more information needed", "[more information needed]", "todo", "tbd", "unknown", "n/a", "none"}


def front_matter(card: str) -> Mapping[str, Any]:
    """The card's metadata, {} where it has none; raises ManifestError for what is no YAML mapping."""
    found = FRONT_MATTER.match(card.replace("\r\n", "\n"))
    if not found:
        return {}
    text = found[0].strip().lstrip("\ufeff").removeprefix("---")
    text = text.removesuffix("---").removesuffix("...")
    if len(text) > FRONT_MATTER_CHARACTERS:
        raise ManifestError(f"The model card's front matter is longer than {FRONT_MATTER_CHARACTERS} characters.")
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ManifestError(f"The model card's front matter is not valid YAML: {str(error)[:200]}") from error
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise ManifestError("The model card's front matter is no list of fields.")
    return data


def licences(metadata: Mapping[str, Any], source: str) -> tuple[DeclaredLicence, ...]:
    """`license`; several of them all hold. `other` is kept with the `license_name` it is given: `other (house)`."""
    declared, own = metadata.get("license"), str(metadata.get("license_name") or "").strip()
    names = [str(one).strip() for one in (declared if isinstance(declared, list) else [declared]) if one is not None]
    named = [f"{name} ({own})" if own and name.lower() == "other" else name for name in names[:20] if name]
    text = " AND ".join(named)
    return (DeclaredLicence(source, text[:1000]),) if text else ()


def filled(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that say something, template words counting as nothing."""
    return tuple(str(key)[:100] for key, value in metadata.items() if _says_something(value))[:100]


def _says_something(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in EMPTY
    if isinstance(value, list):
        return any(_says_something(one) for one in value[:100])
    return value is not None and value != {}


def repository(metadata: Mapping[str, Any], card: str) -> str | None:
    """The repository that the card says the model comes from."""
    declared = [metadata.get(field) for field in LINK_FIELDS]
    labelled = [found["url"] for found in LABELLED.finditer(card)]
    links = [str(link) for link in [*declared, *labelled] if link]
    return next((url for link in links if "://" in link and (url := repository_url(link.rstrip(".,;")))), None)
