"""Who is a person, and which names are the same one."""

import re
from collections.abc import Sequence

from metrics_app.domain.evidence import Person

#: Accounts that commit, open pull requests or answer without a human deciding each time.
BOT = re.compile(
    r"\[bot\]|(^|[-_ .@+(])(bot|robot|autoroll|autoroller)\)?$|[-_]ci$|^bot([-_ .]|$)"
    r"|^(github|dependabot|renovate|greenkeeper|snyk|github[- ]actions?|semantic-release|allcontributors|pre-commit-ci"
    r"|mergify|codecov|imgbot(app)?|pyup|depfu|(hosted )?weblate|transifex|crowdin|bors|homu|travis[- ]?ci( user)?|circleci"
    r"|jenkins|netlify|scala[- ]steward|the gitter badger|lint-action|copilot|(a\. unique )?tensorflower|tensorflower gardener"
    r"|vercel|azure[- ]pipelines|google-cla|googlebot|cla-?assistant|stale|lgtm-com|deepsource|web-flow|release-please"
    r"|copybara(-service)?|changeset-release|k8s-ci-robot|k8s-merge-robot|rust-timer|rustbot|nodejs-github-bot"
    r"|huggingface-?bot|sfconvertbot|parquet-converter)([-_\[].*| (bot|ci|agent)\b.*)?$",
    re.IGNORECASE,
)
#: E-mail addresses of programs, whatever name goes with them.
BOT_EMAIL = re.compile(
    r"(^|[+.])[^@]*\[bot\]@|[+]bot@|^(bot|actions)@(github|renovateapp|dependabot)\.com$"
    r"|^support@(dependabot|greenkeeper)\.(com|io)$|@(pyup\.io|renovateapp\.com|scala-steward\.org)$",
    re.IGNORECASE,
)
#: What stands where nobody said who they are: it makes no two people one.
NOBODY = re.compile(
    r"|unknown|none|nobody|\(?no author\)?|root|root@localhost|.*@\(none\)|noreply@github\.com", re.IGNORECASE
)


def is_bot(name: str, email: str = "") -> bool:
    """Whether a commit's name (or an account's login) and e-mail belong to a program."""
    return bool(BOT.search(name.strip())) or bool(BOT_EMAIL.search(email.strip()))


def merged_aliases(people: Sequence[Person]) -> list[int]:
    """For each of `people` the number of the first one who has the same name or e-mail, directly or through others.

    Case and repeated spaces do not matter; those that stand for nobody do not merge.
    """
    first = list(range(len(people)))
    seen: dict[str, int] = {}

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    for number, person in enumerate(people):
        for sort, text in (("name", person.name), ("email", person.email)):
            plain = " ".join(text.lower().split())
            if NOBODY.fullmatch(plain):
                continue
            other = root(seen.setdefault(f"{sort} {plain}", number))
            mine = root(number)
            first[max(mine, other)] = min(mine, other)
    return [root(number) for number in range(len(people))]
