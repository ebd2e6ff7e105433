"""What may be ingested, and what is refused before anything is fetched."""

import pytest

from packages_app.domain.reference import NPM_SITE, InvalidReference, Reference, parse_reference

NPM = f"https://{NPM_SITE}/package"
HUB = "https://huggingface.co"
COMMIT = "e7da7f221d5bf496a48136c0cd264e630fe9fcc8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HUB}/google/gemma-2b", Reference("huggingface", "google/gemma-2b")),
        (f"{HUB}/google/gemma-2b/", Reference("huggingface", "google/gemma-2b")),
        ("http://huggingface.co/google/gemma-2b", Reference("huggingface", "google/gemma-2b")),
        ("https://HuggingFace.co/Google/Gemma", Reference("huggingface", "Google/Gemma")),
        ("https://hf.co/google/gemma-2b", Reference("huggingface", "google/gemma-2b")),
        ("HTTPS://huggingface.co/google/gemma-2b", Reference("huggingface", "google/gemma-2b")),
        (f"{HUB}/gpt2", Reference("huggingface", "gpt2")),
        (f"{HUB}/gpt2/tree/main/", Reference("huggingface", "gpt2", "main")),
        (f"{HUB}/google/gemma-2b?library=transformers#usage", Reference("huggingface", "google/gemma-2b")),
        (f"{HUB}/google/gemma-2b/tree/main", Reference("huggingface", "google/gemma-2b", "main")),
        (f"{HUB}/google/gemma-2b/tree/refs%2Fpr%2F1", Reference("huggingface", "google/gemma-2b", "refs/pr/1")),
        (f"{HUB}/google/gemma-2b/commit/{COMMIT}", Reference("huggingface", "google/gemma-2b", COMMIT)),
        ("pkg:huggingface/google/gemma-2b", Reference("huggingface", "google/gemma-2b")),
        (f"pkg:huggingface/google/gemma-2b@{COMMIT}", Reference("huggingface", "google/gemma-2b", COMMIT)),
        ("pkg:huggingface/Google/Gemma@V1.0-RC", Reference("huggingface", "Google/Gemma", "V1.0-RC")),
        ("pkg:huggingface/google/gemma-2b@refs%2Fpr%2F1", Reference("huggingface", "google/gemma-2b", "refs/pr/1")),
        (f"{NPM}/left-pad", Reference("npm", "left-pad")),
        (f"{NPM}/left-pad/v/1.3.0", Reference("npm", "left-pad", "1.3.0")),
        (f"{NPM}/@scope/name", Reference("npm", "@scope/name")),
        (f"{NPM}/%40scope%2Fname", Reference("npm", "@scope/name")),
        (f"{NPM}/@scope/name/v/2.0.0-rc.1", Reference("npm", "@scope/name", "2.0.0-rc.1")),
        (f"https://{NPM_SITE.removeprefix('www.')}/package/left-pad", Reference("npm", "left-pad")),
        ("pkg:npm/left-pad", Reference("npm", "left-pad")),
        ("pkg:npm/left-pad@1.3.0", Reference("npm", "left-pad", "1.3.0")),
        ("pkg:npm/%40scope/name@%5E1.2.0", Reference("npm", "@scope/name", "^1.2.0")),
        ("pkg:npm/%40scope/name@%3E%3D1%20%3C2", Reference("npm", "@scope/name", ">=1 <2")),
        ("pkg:npm/left-pad@latest", Reference("npm", "left-pad", "latest")),
        ("pkg:npm/JSONStream@1", Reference("npm", "JSONStream", "1")),  # another package than jsonstream
    ],
)
def test_reference_is_read(text: str, expected: Reference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("", "This is no address to ingest from"),
        ("gemma", "This is no address to ingest from"),
        ("ftp://huggingface.co/a/b", "This is no address to ingest from"),
        ("file:///etc/passwd", "This is no address to ingest from"),
        ("https://user:secret@huggingface.co/a/b", "This is no address to ingest from"),
        ("https://huggingface.co@evil.example/a/b", "This is no address to ingest from"),
        ("https://huggingface.co.evil.example/a/b", "Packages are not ingested from 'huggingface.co.evil.example'"),
        ("https://huggingface.co:8443/a/b", "Packages are not ingested from 'huggingface.co:8443'"),
        ("http://169.254.169.254/latest/meta-data", "Packages are not ingested from '169.254.169.254'"),
        ("https://github.com/a/b", "Packages are not ingested from 'github.com'"),
        (f"{HUB}", "This is not the page of a whole model"),
        (f"{HUB}/datasets/squad", "Of Hugging Face only models are ingested, not datasets"),
        (f"{HUB}/spaces/a/b", "Of Hugging Face only models are ingested, not spaces"),
        (f"{HUB}/a/b/blob/main/config.json", "This is not the page of a whole model"),
        (f"{HUB}/a/b/tree/main/folder", "This is not the page of a whole model"),
        (f"{HUB}/a/b%2F..%2Fc", "A name is made of"),
        (f"{HUB}/a/b/tree/..", "'..' is not a branch, tag or commit"),
        (f"{HUB}/a/b/tree/-x", "'-x' is not a branch, tag or commit"),
        (f"{HUB}/@a/b", "A model on Hugging Face is written owner/model"),
        (f"https://{NPM_SITE}/~someone", "This is not the page of an npm package"),
        (f"{NPM}/left-pad/v/1.0.0/index.js", "This is not the page of an npm package"),
        (f"{NPM}/a/v/file:..", "'file:..' is not a range of versions or a tag"),
        ("pkg:npm", "This package URL isn't well-formed"),
        ("pkg:pypi/django@5", "Packages of the type 'pypi' are not ingested"),
        ("pkg:npm/scope/name@1", "An npm scope starts with @"),
        ("pkg:npm/a@1?repository_url=http://evil.example", "A package URL to ingest has no qualifiers"),
        ("pkg:npm/a@git+ssh:%2F%2Fhost%2Fa", "'git+ssh://host/a' is not a range of versions or a tag"),
        ("pkg:npm/a@npm:b", "'npm:b' is not a range of versions or a tag"),
        ("pkg:npm/--registry", "Each part of a name starts with a letter or a digit"),
    ],
)
def test_anything_else_is_refused(text: str, begins: str) -> None:
    with pytest.raises(InvalidReference) as refused:
        parse_reference(text)
    assert str(refused.value)[: len(begins)] == begins


@pytest.mark.parametrize(
    ("text", "version", "wanted"),
    [
        ("pkg:npm/a", None, None),
        ("pkg:npm/a", "^1", "^1"),
        ("pkg:npm/a@^1", "^1", "^1"),
        (f"{HUB}/a/b", "v1", "v1"),
    ],
)
def test_version_may_stand_beside_the_url(text: str, version: str | None, wanted: str | None) -> None:
    assert parse_reference(text, version).wanted == wanted


def test_operators_own_hub_has_pages_too() -> None:
    hubs = frozenset({"hub.example:8443"})
    assert parse_reference("https://Hub.Example:8443/a/b", hubs=hubs) == Reference("huggingface", "a/b")
    with pytest.raises(InvalidReference, match="not ingested from 'hub"):
        parse_reference("https://hub.example/a/b", hubs=hubs)


def test_two_versions_are_refused() -> None:
    with pytest.raises(InvalidReference, match="name only one"):
        parse_reference("pkg:npm/a@1", "2")
