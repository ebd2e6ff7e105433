"""Whether the model card's own code runs against the package's own files.

    runs as it stands -> 1;   runs after bounded mechanical repairs -> 0.5;   otherwise, or no code to run -> 0

Range 0 to 1. Not applicable to what is no model; unavailable without a sandbox, the framework or room for the model.
Source: the registry's specification, "Reproducibility". demonstration.py says what code is run and how it is repaired.
"""

from metrics_app.domain.demonstration import demonstration
from metrics_app.domain.evidence import Evidence, Missing
from metrics_app.domain.result import Formula, Result, Status

FORMULA = Formula("reproducibility", version=1)


def score(evidence: Evidence) -> Result:
    if evidence.archive.kind != "model":
        return FORMULA.unmeasured(Status.NOT_APPLICABLE, "The package is not a model.")
    blocks = demonstration(evidence.archive.readme or "")
    if not blocks:
        return FORMULA.measured(
            0.0,
            "The model card has no code that demonstrates the model.",
            evidence={"blocks": 0},
            flags=("no_code",),
            advice="Show Python code in the model card that loads and uses the package's own files.",
        )
    if isinstance(evidence.reproducibility, Missing):
        return FORMULA.missing(evidence.reproducibility)
    runs = evidence.reproducibility.runs
    ended_well = next((run for run in runs if run.succeeded), None)
    value = 0.0 if ended_well is None else 0.5 if ended_well.repairs else 1.0
    reasons = {1.0: "The card's code runs as it stands.", 0.5: "The card's code runs after repairs."}
    return FORMULA.measured(
        value,
        reasons.get(value, "The card's code does not run."),
        evidence={
            "blocks": len(blocks),
            "runs": [{"repairs": list(run.repairs), "succeeded": run.succeeded, "log": run.log} for run in runs],
        },
        advice=""
        if value == 1
        else "Make the card's code run as it stands, without network, on the package's own files.",
    )
