"""Where GitHub is: its web site and its API, the public one's or those of GitHub Enterprise."""

from urllib.parse import urlsplit

PUBLIC_SITE, PUBLIC_API = "https://github.com", "api.github.com"


def graphql_endpoint(api_url: str) -> str:
    """Where GraphQL is spoken, of an API's URL: GitHub Enterprise keeps it beside its REST API and not below."""
    plain = api_url.rstrip("/")
    if plain.endswith("/graphql"):
        return plain
    return f"{plain.removesuffix('/v3')}/graphql" if plain.endswith("/api/v3") else f"{plain}/graphql"


def github_site(api_url: str) -> str:
    """The web site whose repositories the API at `api_url` knows: Enterprise's is on the same host."""
    parts = urlsplit(api_url)
    return PUBLIC_SITE if parts.hostname == PUBLIC_API else f"{parts.scheme}://{parts.netloc}"
