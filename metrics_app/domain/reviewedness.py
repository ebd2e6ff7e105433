"""How much of the code behind a model somebody else has looked at.

The same formula as pull_request, for the GitHub repository that a model links to: range 0 to 1, not applicable for what
is no model or links to none. Source: the registry's specification, "Reviewedness".
"""

from metrics_app.domain.evidence import Evidence
from metrics_app.domain.pull_request import reviewed_share
from metrics_app.domain.result import Formula, Result, Status

FORMULA = Formula("reviewedness", version=1)


def score(evidence: Evidence) -> Result:
    if evidence.archive.kind != "model":
        return FORMULA.unmeasured(Status.NOT_APPLICABLE, "Only models have it; see pull_request.")
    return reviewed_share(evidence, FORMULA)
