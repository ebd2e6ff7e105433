"""Whether the dependencies' versions are pinned to one minor release line.

    dependencies whose range lies inside one major.minor / dependencies

Range 0 to 1; without dependencies 1, vacuous. Counted are npm's `dependencies` and `optionalDependencies` and Python's
run-time requirements; dev and peer dependencies and Python extras are reported apart. `file:`, `link:`, `portal:` and
`workspace:` dependencies are left out; a Git dependency is pinned only at a full commit hash; what is no range is not
pinned. A lock file inside the package pins everything.
Source: the registry's own definition; ranges as node-semver and PEP 440 have them.
"""

import re
from collections.abc import Mapping, Sequence

from metrics_app.domain import python_ranges
from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import ArchiveEvidence, Dependency
from metrics_app.domain.result import Formula, Result
from packages_app.domain.versions import parse_range

FORMULA = Formula("good_pinning_practice", version=1)
COUNTED = ("prod", "optional")
LOCAL = re.compile(r"(file|link|portal|workspace):|\.{0,2}/|~/|[a-z]:[/\\]", re.IGNORECASE)
URL = re.compile(r"[a-z][a-z0-9+.-]*:|[\w.-]+@[\w.-]+:|[\w.-]+/[\w.-]+", re.IGNORECASE)
GIT = re.compile(
    r"git(\+[a-z]+)?:|(github|gitlab|bitbucket|gist):|[\w.-]+@[\w.-]+:|[\w-][\w.-]*/[\w.-]+(#|$)|(https?|ssh)://[^#]*\.git(?=[#@]|$)"
    r"|https?://(www\.)?(github\.com|gitlab\.com|bitbucket\.org)/[^/#]+/[^/#]+/?(#|$)",
    re.IGNORECASE,
)
COMMIT = re.compile(r"(?:#|@)(?:[0-9a-f]{40}|[0-9a-f]{64})(?=$|[#&])", re.IGNORECASE)
ALIAS = re.compile(r"npm:(?:@[^/@]+/)?[^@]+(?:@(?P<range>.*))?$", re.DOTALL)


def score(archive: ArchiveEvidence) -> Result:
    groups: dict[str, list[tuple[Dependency, str]]] = {}
    for dependency in effective(archive.dependencies):
        groups.setdefault(dependency.group, []).append((dependency, verdict(dependency)))
    counted = [row for group in COUNTED for row in groups.get(group, ()) if row[1] != "left_out"]
    evidence: dict[str, JSON] = {
        "dependencies": [_shown(*row) for group in COUNTED for row in groups.get(group, ())],
        "apart": {group: [_shown(*row) for row in rows] for group, rows in groups.items() if group not in COUNTED},
        "lock_files": list(archive.lock_files),
    }
    if not counted:
        return FORMULA.vacuous(1.0, "The package has no dependencies to pin.", evidence=evidence)
    if archive.lock_files:
        return FORMULA.measured(
            1.0, f"{archive.lock_files[0]} pins all {len(counted)} dependencies.", evidence=evidence, flags=("locked",)
        )
    pinned = sum(found == "pinned" for _, found in counted)
    loose = [f"{one.name} ({one.range or 'any version'})" for one, found in counted if found != "pinned"]
    return FORMULA.measured(
        pinned / len(counted),
        f"{pinned} of {len(counted)} dependencies stay inside one minor version.",
        evidence=evidence,
        advice=f"Pin to one minor version, like ~1.2.3: {', '.join(loose[:5])}." if loose else "",
    )


def effective(dependencies: Sequence[Dependency]) -> list[Dependency]:
    """npm's rule for a name in both groups: the optional entry stands, the other goes. Exact repetitions count once."""
    optional = {(one.source, one.name) for one in dependencies if one.group == "optional"}
    unique = dict.fromkeys(dependencies)
    return [one for one in unique if one.group != "prod" or (one.source, one.name) not in optional]


def verdict(dependency: Dependency) -> str:
    """One of pinned, loose, unparsable, left_out."""
    text = dependency.range.strip()
    if LOCAL.match(text):
        return "left_out"
    if dependency.ecosystem == "npm":
        alias = ALIAS.match(text)
        text = (alias["range"] or "*").strip() if alias else text
    if GIT.match(text):
        return "pinned" if COMMIT.search(text) else "loose"
    if URL.match(text):
        return "unparsable"
    try:
        return "pinned" if _within_one_minor(text, dependency.ecosystem) else "loose"
    except ValueError:
        return "unparsable"


def _within_one_minor(text: str, ecosystem: str) -> bool:
    if ecosystem == "npm":
        return parse_range(text).within_one_minor()
    return python_ranges.within_one_minor(python_ranges.from_poetry(text) if ecosystem == "poetry" else text)


def _shown(dependency: Dependency, found: str) -> Mapping[str, JSON]:
    return {
        "name": dependency.name,
        "range": dependency.range,
        "group": dependency.group,
        "verdict": found,
        "source": dependency.source,
    }
