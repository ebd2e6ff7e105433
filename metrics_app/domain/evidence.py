"""What collectors saw, as values: the only thing that scores are computed from.

`None` is unknown and never zero. Times are ISO 8601 in UTC. Every class survives `Evidence.to_json` and
`Evidence.from_json` unchanged, so that a stored score can be replayed without any network.
"""

from dataclasses import dataclass, field
from typing import Literal

from metrics_app.domain.codec import JSON, decoded, encoded


@dataclass(frozen=True)
class Missing:
    """Evidence that is not there: `absent` can never be had for this package as it is, `unavailable` could not be had now.

    `advice`: what would make it there, where `reason` doesn't say so.
    """

    reason: str
    kind: Literal["absent", "unavailable"]
    advice: str = ""


# The archive --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeclaredLicence:
    """What one place says the licence is, word for word: an SPDX expression, a Hugging Face identifier, or neither."""

    source: str
    text: str


@dataclass(frozen=True)
class LicenceText:
    """A licence file, and the SPDX id of the text it holds (None: not recognised), `similarity` in [0, 1]."""

    path: str
    spdx_id: str | None
    similarity: float


@dataclass(frozen=True)
class Dependency:
    """One dependency as its manifest writes it. `optional` is npm's (installed by default), `extra` Python's (not)."""

    name: str
    range: str
    group: Literal["prod", "optional", "dev", "peer", "extra"]
    ecosystem: Literal["npm", "pypi", "poetry"]
    source: str


@dataclass(frozen=True)
class Check:
    """One thing that had to hold: a manifest that parses, a named file that exists, weights with a sound header."""

    subject: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True)
class ArchiveEvidence:
    """What the package itself shows. `tests` are files with real tests; `hollow_tests` only look like tests."""

    kind: Literal["model", "npm"]
    licences: tuple[DeclaredLicence, ...] = ()
    licence_texts: tuple[LicenceText, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    lock_files: tuple[str, ...] = ()
    readme_path: str | None = None
    readme: str | None = None
    card_fields: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    manifests: tuple[Check, ...] = ()
    named_files: tuple[Check, ...] = ()
    weights: tuple[Check, ...] = ()
    tests: tuple[str, ...] = ()
    hollow_tests: tuple[str, ...] = ()
    repository: str | None = None
    names: tuple[str, ...] = ()


# The linked repository ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Someone a commit names, after the repository's mailmap."""

    name: str
    email: str


@dataclass(frozen=True)
class FileHistory:
    """A file at the head, its renames followed. Numbers index `GitEvidence.people`.

    `creators` added the file (more than one where it was deleted and came back); `changes` are pairs of a person and
    the number of their later commits to it.
    """

    path: str
    creators: tuple[int, ...]
    changes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class MainlineCommit:
    """A commit of the default branch's first-parent history.

    `added` counts lines added to source files; `reviewed_by` are its Reviewed-By trailers, each `Name <email>`.
    """

    sha: str
    author: int
    added: int
    reviewed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class GitEvidence:
    """`mainline` is newest first, without commits that added no lines to source files; `commits` counts the whole
    history without merges. `complete`: whether nothing of it was cut."""

    repository: str
    head: str
    people: tuple[Person, ...]
    files: tuple[FileHistory, ...]
    commits: int
    mainline: tuple[MainlineCommit, ...] = ()
    mainline_complete: bool = True
    tests: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Thread:
    """An issue, pull request or discussion, and the first answer by a human who did not open it (None: none yet)."""

    number: int
    opened_at: str
    answered_at: str | None


@dataclass(frozen=True)
class Activity:
    """How alive a project was at `collected_at`; `threads` are those opened in the year before."""

    collected_at: str
    created_at: str
    archived: bool
    commits_90d: int
    member_comments_90d: int
    threads: tuple[Thread, ...] = ()


@dataclass(frozen=True)
class Account:
    login: str
    bot: bool


@dataclass(frozen=True)
class Pull:
    """A pull request, the people who submitted a review, and the mainline commits it became.

    `checks_passed`: None where no check ran.
    """

    number: int
    author: Account | None
    merged: bool
    reviewers: tuple[Account, ...] = ()
    commits: tuple[str, ...] = ()
    checks_passed: bool | None = None


@dataclass(frozen=True)
class GitHubEvidence:
    """`pulls` are those the mainline's commits belong to, `recent_pulls` the 30 last merged, newest first."""

    repository: str
    activity: Activity
    licence: str | None
    open_issues: int
    closed_issues: int
    pulls: tuple[Pull, ...] = ()
    recent_pulls: tuple[Pull, ...] = ()


@dataclass(frozen=True)
class HubEvidence:
    """A Hugging Face repository: discussions stand for issues, its commits for a linked history where there is none.

    `history` is None where nobody asked for it.
    """

    repository: str
    revision: str
    activity: Activity
    history: GitEvidence | Missing | None = None


# The registry and the sandbox ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parent:
    """A declared direct parent. `net_score` is None where the registry does not hold or could not rate it."""

    name: str
    net_score: float | None


@dataclass(frozen=True)
class ParentEvidence:
    declared: tuple[Parent, ...] = ()


@dataclass(frozen=True)
class Run:
    """One run of the card's code in the sandbox: repairs it was given, whether it ended well, the end of its log."""

    repairs: tuple[str, ...]
    succeeded: bool
    log: str = ""


@dataclass(frozen=True)
class ReproducibilityEvidence:
    """Runs in order; the first is the code as it stands."""

    runs: tuple[Run, ...]


# All together -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """Everything known about one package; each part is there, or says why it is missing."""

    archive: ArchiveEvidence
    git: GitEvidence | Missing
    github: GitHubEvidence | Missing
    hub: HubEvidence | Missing
    parents: ParentEvidence = field(default_factory=ParentEvidence)
    reproducibility: ReproducibilityEvidence | Missing = Missing("No sandbox ran the card's code.", "unavailable")

    def to_json(self) -> JSON:
        """A JSON object that `from_json` reads back to an equal value."""
        return encoded(self)

    @classmethod
    def from_json(cls, data: object) -> "Evidence":
        """What `to_json` gave. Raises ValueError where `data` is something else."""
        return decoded(cls, data)


_LINK = "Link to the source: `repository` in package.json, or a line `Repository: https://…` in the model card."


def from_archive(archive: ArchiveEvidence, parents: ParentEvidence) -> Evidence:
    """The evidence when only the archive was looked at: what nobody has fetched is unavailable, not absent."""
    if archive.repository is None:
        unseen = Missing("The package links to no repository.", "absent", _LINK)
    else:
        unseen = Missing(f"The linked repository {archive.repository} has not been looked at.", "unavailable")
    hub = Missing("The package did not come from Hugging Face.", "absent")
    return Evidence(archive=archive, git=unseen, github=unseen, hub=hub, parents=parents)
