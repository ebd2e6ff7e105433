"""Evidence to vary in tables: everything there, and good."""

from dataclasses import replace

from metrics_app.domain.evidence import (
    Account,
    Activity,
    ArchiveEvidence,
    Check,
    DeclaredLicence,
    Dependency,
    Evidence,
    FileHistory,
    GitEvidence,
    GitHubEvidence,
    HubEvidence,
    LicenceText,
    MainlineCommit,
    Missing,
    Parent,
    ParentEvidence,
    Person,
    Pull,
    ReproducibilityEvidence,
    Run,
    Thread,
)

ABSENT = Missing("There is none.", "absent")
UNAVAILABLE = Missing("The host is down.", "unavailable")

CARD = """---
license: mit
---
# Model

```python
from transformers import pipeline

pipeline("text-generation", model="org/model")
```
"""

ARCHIVE = ArchiveEvidence(
    kind="model",
    licences=(DeclaredLicence("README.md", "mit"),),
    licence_texts=(LicenceText("LICENSE", "MIT", 1.0), LicenceText("LICENSE.other", None, 0.0)),
    dependencies=(Dependency("torch", "~=2.3.1", "prod", "pypi", "requirements.txt"),),
    lock_files=(),
    readme_path="README.md",
    readme=CARD,
    card_fields=("license",),
    examples=("examples/use.py",),
    manifests=(Check("config.json", holds=True),),
    named_files=(Check("model-00001-of-00001.safetensors", holds=True, detail="model.safetensors.index.json"),),
    weights=(Check("model.safetensors", holds=False, detail="shorter than a header"),),
    tests=("tests/test_model.py",),
    hollow_tests=("tests/test_nothing.py",),
    repository="https://github.com/org/model",
    names=("org/model",),
)

ADA, BEN, EVE = Person("Ada", "ada@example.org"), Person("Ben", "ben@example.org"), Person("Eve", "eve@example.org")
GIT = GitEvidence(
    repository="https://github.com/org/model",
    head="a" * 40,
    people=(ADA, BEN, EVE),
    files=(FileHistory("model.py", (0,), ((0, 3), (1, 1))), FileHistory("train.py", (1,), ())),
    commits=6,
    mainline=(MainlineCommit("c1", 0, 30, ("Ben <ben@example.org>",)), MainlineCommit("c2", 1, 10)),
    tests=("tests/test_model.py",),
)
ACTIVITY = Activity(
    collected_at="2026-03-01T00:00:00+00:00",
    created_at="2024-03-01T00:00:00+00:00",
    archived=False,
    commits_90d=5,
    member_comments_90d=1,
    threads=(Thread(1, "2026-02-01T00:00:00+00:00", "2026-02-03T00:00:00+00:00"),),
)
GITHUB = GitHubEvidence(
    repository="org/model",
    activity=ACTIVITY,
    licence="MIT",
    open_issues=2,
    closed_issues=8,
    pulls=(Pull(7, Account("ada", bot=False), merged=True, reviewers=(Account("ben", bot=False),), commits=("c1",)),),
    recent_pulls=(Pull(7, Account("ada", bot=False), merged=True, checks_passed=True),),
)
HUB = HubEvidence("org/model", "b" * 40, ACTIVITY, GIT)
EVIDENCE = Evidence(
    archive=ARCHIVE,
    git=GIT,
    github=GITHUB,
    hub=HUB,
    parents=ParentEvidence((Parent("org/base", 0.8), Parent("org/other", None))),
    reproducibility=ReproducibilityEvidence(
        (Run((), succeeded=False, log="NameError"), Run(("device: cpu",), succeeded=True))
    ),
)
ALL_ABSENT = Evidence(
    archive=ArchiveEvidence(kind="npm"), git=ABSENT, github=ABSENT, hub=ABSENT, reproducibility=ABSENT
)
ALL_UNAVAILABLE = Evidence(
    archive=replace(ARCHIVE, readme=None),
    git=UNAVAILABLE,
    github=UNAVAILABLE,
    hub=UNAVAILABLE,
    reproducibility=UNAVAILABLE,
)
