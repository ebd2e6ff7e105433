import pytest

from metrics_app.domain.evidence import Person
from metrics_app.domain.people import is_bot, merged_aliases


@pytest.mark.parametrize(
    ("name", "email", "bot"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", True),
        ("renovate-bot", "", True),
        ("Renovate Bot", "bot@renovateapp.com", True),
        ("greenkeeper", "", True),
        ("github-actions", "", True),
        ("GitHub", "noreply@github.com", True),
        ("semantic-release-bot", "", True),
        ("k8s-ci-robot", "", True),
        ("SFconvertbot", "", True),
        ("someone", "41898282+github-actions[bot]@users.noreply.github.com", True),
        ("travis-ci", "", True),
        ("Travis CI User", "", True),
        ("Kubernetes Prow Robot", "", True),
        ("Weblate (bot)", "", True),
        ("npm CLI", "npm-cli+bot@github.com", True),
        ("Scala Steward", "me@scala-steward.org", True),
        ("Mike Talbot", "talbot@example.org", False),
        ("Ada Lovelace", "ada@example.org", False),
        ("Jane Abbott", "abbott@example.org", False),
        ("Robot Maker", "", False),
        ("Li Ci", "", False),
        ("Jenkins Smith", "", False),
        ("Ada", "ada@users.noreply.github.com", False),
        ("", "", False),
    ],
)
def test_is_bot(name: str, email: str, bot: bool) -> None:
    assert is_bot(name, email) is bot


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], []),
        ([("Ada", "a@x"), ("Ben", "b@x")], [0, 1]),
        ([("Ada", "a@x"), ("Ada", "ada@home")], [0, 0]),
        ([("Ada", "a@x"), ("Countess", "A@X")], [0, 0]),
        ([("Ada  Lovelace", "a@x"), ("ada lovelace", "b@x")], [0, 0]),
        ([("Ada", "1@x"), ("Ben", "2@x"), ("Ben", "1@x")], [0, 0, 0]),
        ([("A", "1@x"), ("B", "2@x"), ("C", "3@x"), ("B", "3@x")], [0, 1, 1, 1]),
        ([("Ada", ""), ("Ben", "")], [0, 1]),
        ([("", "a@x"), ("", "b@x")], [0, 1]),
        ([("unknown", "a@x"), ("unknown", "b@x")], [0, 1]),
        ([("root", "root@localhost"), ("Ben", "root@localhost")], [0, 1]),
        ([("Ada", "noreply@github.com"), ("Ben", "noreply@github.com")], [0, 1]),
    ],
)
def test_merged_aliases(people: list[tuple[str, str]], expected: list[int]) -> None:
    assert merged_aliases([Person(*one) for one in people]) == expected
