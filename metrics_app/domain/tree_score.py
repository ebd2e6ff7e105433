"""How trustworthy the models are that this one derives from.

    mean of the net scores of the direct parents that are rated

Range 0 to 1. Source: the registry's own definition. Recomputed by the pipeline when a parent arrives, changes or goes.
"""

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import ParentEvidence
from metrics_app.domain.result import Formula, Result, Status

FORMULA = Formula("tree_score", version=1)


def score(parents: ParentEvidence) -> Result:
    declared = parents.declared
    if not declared:
        return FORMULA.unmeasured(Status.NOT_APPLICABLE, "The package declares no parent.")
    rated = [parent.net_score for parent in declared if parent.net_score is not None]
    evidence: dict[str, JSON] = {"parents": [{"name": one.name, "net_score": one.net_score} for one in declared]}
    if not rated:
        return FORMULA.unmeasured(
            Status.UNAVAILABLE,
            f"None of the {len(declared)} declared parents has a net score here yet.",
            evidence=evidence,
            advice="Ingest the parents too.",
        )
    flags = (f"parents_rated: {len(rated)}/{len(declared)}",) if len(rated) < len(declared) else ()
    return FORMULA.measured(
        sum(rated) / len(rated),
        f"Mean net score of {len(rated)} of {len(declared)} declared parents.",
        evidence=evidence,
        flags=flags,
        advice="Derive from models with higher net scores.",
    )
