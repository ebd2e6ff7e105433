from typing import Any

import pytest

from metrics_app.collectors.files import ManifestError
from metrics_app.collectors.model_card import filled, front_matter, licences, repository


@pytest.mark.parametrize(
    ("card", "metadata"),
    [
        ("", {}),
        ("# Card", {}),
        ("---\nlicense: mit\n---\n# Card", {"license": "mit"}),
        ("\ufeff---\nlicense: mit\n---\n", {"license": "mit"}),
        ("---\r\nlicense: mit\r\ntags:\r\n- a\r\n---\r\n", {"license": "mit", "tags": ["a"]}),
        ("---\n---\n# Card", {}),
        ("words\n---\nlicense: mit\n---\n", {}),
        ("---\nlicense: mit\n", {}),
    ],
)
def test_front_matter(card: str, metadata: dict[str, Any]) -> None:
    assert front_matter(card) == metadata


@pytest.mark.parametrize(
    ("card", "detail"),
    [
        ("---\n[\n---\n", "not valid YAML"),
        ("---\n- a\n---\n", "no list of fields"),
        ("---\na: !!python/object:os.system {}\n---\n", "not valid YAML"),
        ("---\n" + "[" * 1_000 + "\n---\n", "not valid YAML"),
        ("---\na: " + "b" * 300_000 + "\n---\n", "longer than"),
    ],
)
def test_front_matter_that_is_broken_is_refused(card: str, detail: str) -> None:
    with pytest.raises(ManifestError, match=detail):
        front_matter(card)


@pytest.mark.parametrize(
    ("declared", "text"),
    [("mit", "mit"), (["mit", "apache-2.0"], "mit AND apache-2.0"), (None, None), ("", None), ([], None), (7, "7")],
)
def test_licences(declared: object, text: str | None) -> None:
    assert [one.text for one in licences({"license": declared}, "README.md")] == ([text] if text else [])


def test_licence_of_ones_own_is_kept_with_its_name() -> None:
    metadata = {"license": "other", "license_name": "tongyi-qianwen"}
    assert [one.text for one in licences(metadata, "README.md")] == ["other (tongyi-qianwen)"]
    assert [one.text for one in licences(metadata | {"license": "mit"}, "README.md")] == ["mit"]


def test_filled_fields_say_something() -> None:
    metadata = {
        "license": "mit",
        "tags": ["a"],
        "datasets": [],
        "language": "",
        "metrics": None,
        "model": "[More Information Needed]",
    }
    assert filled(metadata) == ("license", "tags")


@pytest.mark.parametrize(
    ("metadata", "card", "url"),
    [
        ({}, "", None),
        ({"repository": "https://github.com/org/name"}, "", "https://github.com/org/name"),
        ({"code": "org/name"}, "", None),
        ({}, "- **Repository:** https://github.com/org/name", "https://github.com/org/name"),
        ({}, "- **Repository:** [name](https://github.com/org/name/tree/main)", "https://github.com/org/name"),
        ({}, "Code: <https://gitlab.com/org/name>.", "https://gitlab.com/org/name"),
        ({}, "- **Repository:** [More Information Needed]", None),
        ({}, "It works with https://github.com/other/library.", None),
        (
            {"github": "https://github.com/org/first"},
            "Code: https://github.com/org/second",
            "https://github.com/org/first",
        ),
    ],
)
def test_repository(metadata: dict[str, Any], card: str, url: str | None) -> None:
    assert repository(metadata, card) == url
