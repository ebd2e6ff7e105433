"""What was read of a clone, kept beside it: many packages and versions are made from one commit of one repository."""

import json
from pathlib import Path

from metrics_app.collectors.git_command import Git
from metrics_app.collectors.git_history import history
from metrics_app.collectors.whole_file import write_whole
from metrics_app.domain.codec import decoded, encoded
from metrics_app.domain.evidence import GitEvidence

#: Raised when git_history reads something else, or the same otherwise: what was kept before counts no more.
READING = 2


def remembered_history(git: Git, repository: str, *, most_commits: int) -> GitEvidence:
    """The evidence of the clone's head, read once for each. Raises GitFailed and its kinds."""
    head = git.run("rev-parse", "--verify", "HEAD").decode().strip()
    note, about = git.repository / "evidence.json", [READING, repository, head, most_commits]
    kept = _kept(note, about)
    if kept is None:
        kept = history(git, repository, most_commits=most_commits)
        write_whole(note, json.dumps({"about": about, "evidence": encoded(kept)}))
    return kept


def _kept(note: Path, about: list[object]) -> GitEvidence | None:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        return decoded(GitEvidence, found["evidence"]) if found["about"] == about else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
