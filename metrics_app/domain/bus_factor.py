"""How many people could leave before the project is in trouble: the truck factor.

    DOA(person, file) = 3.293 + 1.098 FA + 0.164 DL - 0.321 ln(1 + AC)

FA is 1 for who created the file, DL counts the person's later changes to it, AC those of all others. Someone is an
author of a file if DOA / max(DOA of the file) > 0.75 and DOA >= 3.293. The author of most files is dropped, again and
again, until fewer than half of the source files have an author left: the truck factor TF is how many were dropped.
For the score, those dropped that author less than 10 % of the top author's files don't count:

    TF <= 1: 1 - share of source files of the top author;   TF >= 2: 1 - 1 / TF

Range 0 to 1. Source: G. Avelino, L. Passos, A. Hora, M. T. Valente, "A Novel Approach for Estimating Truck Factors",
ICPC 2016; the pruning is that of the authors' own tool.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import Evidence, FileHistory, GitEvidence, HubEvidence, Missing
from metrics_app.domain.people import is_bot, merged_aliases
from metrics_app.domain.result import Formula, Result, Status
from metrics_app.domain.source_files import is_source

FORMULA = Formula("bus_factor", version=1)
NORMALISED, ABSOLUTE = 0.75, 3.293
COVERAGE = 0.5
PRUNED_UNDER = 0.1
SMALL_FILES, SMALL_COMMITS = 10, 10
ADVICE = "Let more people own parts of the code: shared maintenance of {name}'s files would raise it most."


@dataclass(frozen=True)
class TruckFactor:
    """`dropped` are people, first dropped first, with the number of files each authors; `files` counts source files."""

    dropped: tuple[tuple[int, int], ...]
    pruned: int
    top_author_files: int
    files: int

    @property
    def top_author_share(self) -> float:
        return self.top_author_files / self.files if self.files else 0.0


def score(evidence: Evidence) -> Result:
    history = history_of(evidence)
    if isinstance(history, Missing):
        return FORMULA.missing(history)
    files = human_files(history)
    if not files:
        return FORMULA.unmeasured(Status.NOT_APPLICABLE, f"{history.repository} has no source files written by people.")
    found = truck_factor(files)
    share = found.top_author_share
    value = 1 - 1 / found.pruned if found.pruned >= 2 else 1 - share
    small = len(files) < SMALL_FILES or history.commits < SMALL_COMMITS
    flags = tuple(name for name, there in (("small_sample", small), ("sampled", not history.complete)) if there)
    authors: list[JSON] = [{"name": history.people[who].name, "files": count} for who, count in found.dropped]
    top = history.people[found.dropped[0][0]].name if found.dropped else "the main author"
    who = f"{top} leaving" if len(found.dropped) == 1 else f"{len(found.dropped)} people leaving"
    return FORMULA.measured(
        value,
        f"{who} would leave more than half of {found.files} source files without an author.",
        evidence={
            "truck_factor": len(found.dropped),
            "truck_factor_pruned": found.pruned,
            "authors": authors,
            "top_author_share": share,
            "files": found.files,
            "commits": history.commits,
            "repository": history.repository,
            "head": history.head,
        },
        flags=flags,
        advice=ADVICE.format(name=top),
    )


def history_of(evidence: Evidence) -> GitEvidence | Missing:
    """The linked repository's history, else that of the Hugging Face repository, else why there is none."""
    if isinstance(evidence.git, Missing) and evidence.git.kind == "absent":
        if isinstance(evidence.hub, HubEvidence) and evidence.hub.history is not None:
            return evidence.hub.history
        if isinstance(evidence.hub, Missing) and evidence.hub.kind == "unavailable":
            return evidence.hub
    return evidence.git


def human_files(history: GitEvidence) -> list[FileHistory]:
    """Source files with bots taken out and aliases made one; files that only bots ever touched are gone."""
    same = merged_aliases(history.people)
    bots = {number for number, person in enumerate(history.people) if is_bot(person.name, person.email)}
    files = []
    for file in history.files:
        if not is_source(file.path):
            continue
        creators = tuple(dict.fromkeys(same[who] for who in file.creators if who not in bots))
        changes: Counter[int] = Counter()
        for who, count in file.changes:
            if who not in bots:
                changes[same[who]] += count
        if creators or changes or not (file.creators or file.changes):
            files.append(FileHistory(file.path, creators, tuple(changes.items())))
    return files


def truck_factor(files: Sequence[FileHistory]) -> TruckFactor:
    """The truck factor of `files`, people already made one each. Ties: more changes first, then the lower number."""
    authored: dict[int, set[int]] = {}
    activity: Counter[int] = Counter()
    for number, file in enumerate(files):
        activity.update(dict(file.changes))
        activity.update(file.creators)
        for who in authors(file):
            authored.setdefault(who, set()).add(number)
    authors_left = Counter(number for owned in authored.values() for number in owned)
    covered = len(authors_left)
    order = sorted(authored, key=lambda who: (-len(authored[who]), -activity[who], who))
    dropped: list[tuple[int, int]] = []
    for who in order:
        if covered < COVERAGE * len(files):
            break
        dropped.append((who, len(authored[who])))
        authors_left.subtract(authored[who])
        covered -= sum(authors_left[number] == 0 for number in authored[who])
    top = len(authored[order[0]]) if order else 0
    kept = sum(count >= PRUNED_UNDER * top for _, count in dropped)
    return TruckFactor(tuple(dropped), kept, top, len(files))


def authors(file: FileHistory) -> set[int]:
    """The people whose degree of authorship makes them authors of `file`."""
    degrees = degrees_of_authorship(file)
    best = max(degrees.values(), default=0.0)
    return {who for who, degree in degrees.items() if degree >= ABSOLUTE and degree / best > NORMALISED}


def degrees_of_authorship(file: FileHistory) -> Mapping[int, float]:
    changes = dict(file.changes)
    total = sum(changes.values())
    return {
        who: 3.293
        + 1.098 * (who in file.creators)
        + 0.164 * changes.get(who, 0)
        - 0.321 * log(1 + total - changes.get(who, 0))
        for who in {*file.creators, *changes}
    }
