import pytest

from metrics_app.domain.repository import repository_url

HOME = "https://github.com/org/name"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        *[(text, HOME) for text in (
            "org/name", "github:org/name", "https://github.com/org/name", "https://github.com/org/name.git",
            "http://www.github.com/org/name/", "git+https://github.com/org/name.git", "git://github.com/org/name.git",
            "git+ssh://git@github.com/org/name.git", "ssh://git@github.com/org/name", "git@github.com:org/name.git",
            "https://user:secret@github.com/org/name.git", "https://github.com/org/name/tree/main/packages/a",
            "https://github.com/org/name#readme", "git+https://github.com/org/name.git#main", "https://github.com:443/org/name",
            " https://GitHub.com/org/name ", "org/name#branch", "scm:git:https://github.com/org/name.git",
        )],
        ("https://github.com/Org/Na.me", "https://github.com/Org/Na.me"),
        ("gitlab:group/name", "https://gitlab.com/group/name"),
        ("https://gitlab.com/group/sub/name/-/tree/main", "https://gitlab.com/group/sub/name"),
        ("bitbucket:org/name", "https://bitbucket.org/org/name"),
        ("https://codeberg.org/org/name", "https://codeberg.org/org/name"),
        ("https://huggingface.co/org/name/tree/main", "https://huggingface.co/org/name"),
        ("https://git.example.org/org/name.git", "https://git.example.org/org/name"),
        *[(text, None) for text in (
            "", "name", "gist:11081aaa281", "https://github.com/org", "https://github.com/", "https://example.org", "file:///etc/passwd",
            "not a repository", "https://localhost/a/b", "javascript:alert(1)", "../..", "https://github.com/../..",
        )],
    ],
)  # fmt: skip
def test_repository_url(text: str, url: str | None) -> None:
    assert repository_url(text) == url
