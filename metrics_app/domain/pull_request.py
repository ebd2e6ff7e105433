"""How much of the code somebody else has looked at.

    added lines of reviewed commits / added lines of all commits

Range 0 to 1, over source files and the first-parent history of the default branch, newest 2,000 commits (then flagged
`sampled`), bots' commits left out. Reviewed is a commit that belongs to a merged pull request with at least one review
submitted by a human who is not its author; a `Reviewed-By` trailer that names somebody else counts as a lower bound.
Source: the registry's own definition, after "Code-Review" of OpenSSF Scorecard.
"""

from collections.abc import Mapping

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import Evidence, GitEvidence, MainlineCommit, Missing, Person, Pull
from metrics_app.domain.people import is_bot
from metrics_app.domain.result import Formula, Result, Status

FORMULA = Formula("pull_request", version=1)
NEWEST = 2_000
ADVICE = "Bring changes in by pull requests that somebody else reviews."


def score(evidence: Evidence) -> Result:
    return reviewed_share(evidence, FORMULA)


def reviewed_share(evidence: Evidence, formula: Formula) -> Result:
    """The share of added lines that were reviewed, as a result of `formula`."""
    git, github = evidence.git, evidence.github
    if isinstance(git, Missing):
        return formula.missing(git)
    if isinstance(github, Missing):
        return formula.missing(github)
    pulls = {sha: pull for pull in github.pulls if pull.merged for sha in pull.commits}
    rows = [row for row in (_row(commit, git, pulls) for commit in git.mainline[:NEWEST]) if row]
    added = sum(lines for lines, _ in rows)
    if not added:
        return formula.unmeasured(Status.NOT_APPLICABLE, f"Nobody added lines of source to {git.repository}.")
    reviewed = sum(lines for lines, how in rows if how)
    by_trailer = sum(lines for lines, how in rows if how == "trailer")
    sampled = not git.mainline_complete or len(git.mainline) > NEWEST
    flags = [name for name, there in (("sampled", sampled), ("trailers_counted", by_trailer > 0)) if there]
    shown: dict[str, JSON] = {
        "repository": git.repository,
        "head": git.head,
        "commits": len(rows),
        "added_lines": added,
        "reviewed_lines": reviewed,
        "reviewed_by_trailer": by_trailer,
    }
    return formula.measured(
        reviewed / added,
        f"{reviewed} of {added} added lines came in by commits that somebody else reviewed.",
        evidence=shown,
        flags=tuple(flags),
        advice=ADVICE if reviewed < added else "",
    )


def _row(commit: MainlineCommit, git: GitEvidence, pulls: Mapping[str, Pull]) -> tuple[int, str] | None:
    """Lines added and how they were reviewed ("" for not), or None for a bot's commit or pull request."""
    author = git.people[commit.author]
    pull = pulls.get(commit.sha)
    if is_bot(author.name, author.email) or (pull and pull.author and (pull.author.bot or is_bot(pull.author.login))):
        return None
    if pull and is_reviewed(pull):
        return commit.added, "review"
    return commit.added, "trailer" if any(_is_other(named, author) for named in commit.reviewed_by) else ""


def is_reviewed(pull: Pull) -> bool:
    author = pull.author.login.lower() if pull.author else None
    return any(not one.bot and not is_bot(one.login) and one.login.lower() != author for one in pull.reviewers)


def _is_other(named: str, author: Person) -> bool:
    """Whether a trailer's `Name <email>` is a human other than `author`."""
    name, _, rest = named.partition("<")
    email = rest.rstrip("> ").lower()
    same = name.strip().lower() == author.name.strip().lower() or (
        bool(email) and email == author.email.strip().lower()
    )
    return bool(name.strip() or email) and not same and not is_bot(name, email)
