"""Whether the package is what it claims to be, and holds together.

    weighted mean over what exists of
    0.4 archive integrity: share of checks that hold (manifests parse, named files exist, safetensors headers are sound)
    0.2 real tests present
    0.2 merged pull requests with passing checks, of the last 30
    0.2 share of open issues: 0.2 or less -> 1, 0.5 -> 0.5, 1 -> 0, linear in between

Range 0 to 1. Integrity is always measurable. Source: the registry's own definition, after "CI-Tests" of OpenSSF
Scorecard and "issues" of npms.io.
"""

from collections.abc import Mapping

from metrics_app.domain.codec import JSON
from metrics_app.domain.curve import on_curve
from metrics_app.domain.evidence import ArchiveEvidence, Check, Evidence, GitEvidence, GitHubEvidence, Missing
from metrics_app.domain.result import Formula, Result

FORMULA = Formula("correctness", version=1)
WEIGHTS: Mapping[str, float] = {"integrity": 0.4, "tests": 0.2, "checks": 0.2, "issues": 0.2}
OPEN_ISSUES = ((0.2, 1.0), (0.5, 0.5), (1.0, 0.0))
PULLS = 30
ADVICE = {
    "integrity": "Repair what does not hold: {broken}.",
    "tests": "Add tests that check something to the package.",
    "checks": "Merge pull requests only when their checks pass.",
    "issues": "Answer and close open issues.",
}


def score(evidence: Evidence) -> Result:
    archive, github = evidence.archive, evidence.github
    tests = archive.tests + (evidence.git.tests if isinstance(evidence.git, GitEvidence) else ())
    parts = {"integrity": integrity(archive), "tests": float(bool(tests))}
    shown: dict[str, JSON] = {"tests": list(tests[:20]), "hollow_tests": list(archive.hollow_tests[:20])}
    if isinstance(github, GitHubEvidence):
        parts |= _on_github(github)
        shown |= {"open_issues": github.open_issues, "closed_issues": github.closed_issues}
        shown["pulls_checked"] = len(github.recent_pulls[:PULLS])
    broken = [check.subject for check in _checks(archive) if not check.holds]
    weight = sum(WEIGHTS[name] for name in parts)
    value = sum(WEIGHTS[name] * part for name, part in parts.items()) / weight
    unseen = isinstance(github, Missing) and github.kind == "unavailable"
    worst = max(parts, key=lambda name: WEIGHTS[name] * (1 - parts[name]))
    return FORMULA.measured(
        min(1.0, value),
        f"{_broken(broken, len(_checks(archive)))}; {'tests found' if tests else 'no real tests found'}.",
        evidence={"parts": parts, "weights": {name: WEIGHTS[name] for name in parts}, "broken": broken[:20], **shown},
        flags=("github_not_seen",) if unseen else (),
        advice="" if parts[worst] == 1 else ADVICE[worst].format(broken=", ".join(broken[:5])),
    )


def integrity(archive: ArchiveEvidence) -> float:
    """The share of checks that hold, each kind of check counting alike; 1 where there was nothing to check."""
    kinds = [kind for kind in (archive.manifests, archive.named_files, archive.weights) if kind]
    shares = [sum(check.holds for check in kind) / len(kind) for kind in kinds]
    return sum(shares) / len(shares) if shares else 1.0


def _checks(archive: ArchiveEvidence) -> list[Check]:
    return [*archive.manifests, *archive.named_files, *archive.weights]


def _on_github(github: GitHubEvidence) -> dict[str, float]:
    """The parts that GitHub's evidence gives; a repository without merged pull requests or issues lacks that part."""
    parts = {}
    pulls = [pull for pull in github.recent_pulls if pull.merged][:PULLS]
    if pulls:
        parts["checks"] = sum(pull.checks_passed is True for pull in pulls) / len(pulls)
    issues = github.open_issues + github.closed_issues
    if issues:
        parts["issues"] = on_curve(github.open_issues / issues, OPEN_ISSUES)
    return parts


def _broken(broken: list[str], checks: int) -> str:
    if not checks:
        return "There was nothing to check in the archive"
    return f"{len(broken)} of {checks} integrity checks fail" if broken else f"All {checks} integrity checks hold"
