from dataclasses import replace

import pytest

from metrics_app.domain.evidence import DeclaredLicence, GitHubEvidence, LicenceText, Missing
from metrics_app.domain.licence_table import licences_with, standard_licences
from metrics_app.domain.license import read, score
from metrics_app.domain.result import Result, Status
from tests.metrics_app.domain.examples import ABSENT, ARCHIVE, EVIDENCE, GITHUB, UNAVAILABLE

TABLE = standard_licences()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # Compatible.
        *[(text, 1.0) for text in (
            "Apache-2.0", "apache-2.0", "MIT", "mit", "BSD-2-Clause", "BSD-3-Clause", "bsd-3-clause-clear", "bsd",
            "ISC", "0BSD",
            "CC0-1.0", "cc0-1.0", "CC-BY-4.0", "cc-by-2.0", "CDLA-Permissive-2.0", "cdla-permissive-1.0", "Zlib",
            "Unlicense",
            "WTFPL", "BSL-1.0", "PSF-2.0", "postgresql", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-2.1",
            "LGPL-2.1+",
            "LGPL-2.0", "LGPL-3.0", "lgpl-3.0", "LGPL-3.0-only", "lgpl", "Apache 2.0", "MIT License", "Apache-2.0+",
            " MIT ",
        )],
        # As people write them.
        *[(text, 1.0) for text in (
            "The MIT License (MIT)", "MIT/X11", "Apache License", "Apache License Version 2.0", "Apache v2", "ASL 2.0",
            "BSD 3-Clause License", "3-Clause BSD License", "BSD (3-Clause)", "New BSD License",
            '"BSD 2-Clause "Simplified" License', 'BSD 3-Clause "New" or "Revised" License', "ISC License (ISCL)",
            "LGPLv3", "LGPLv2.1", "GNU Lesser General Public License v2.1", "CC BY 4.0", "Public Domain",
            "MIT OR GPLv3", "(The MIT License OR Apache License, Version 2.0)",
        )],
        *[(text, 0.5) for text in ("MPL 2.0", "Mozilla Public License, Version 2.0", "GPLv2", "GPL v2 AND MIT")],
        *[(text, 0.0) for text in (
            "GPLv3", "GNU GPL v3", "GNU Affero General Public License", "Not the MIT License", "MIT License with changes",
            "MIT!", "MIT, GPL-3.0", "License", "The", "Proprietary License", "CC BY NC 4.0",
        )],
        # Conditional, or open and not in the table.
        *[(text, 0.5) for text in (
            "CC-BY-SA-4.0", "cc-by-sa-3.0", "MPL-2.0", "mpl-2.0", "EPL-1.0", "EPL-2.0", "AFL-3.0", "MS-PL",
            "OFL-1.1", "CDDL-1.0",
            "GPL-2.0-only", "GPL-2.0-or-later", "GPL-2.0", "GPL-2.0+",
        )],
        # Incompatible, restricted or unknown.
        *[(text, 0.0) for text in (
            "GPL-3.0-only", "GPL-3.0-or-later", "GPL-3.0", "gpl-3.0", "AGPL-3.0", "agpl-3.0", "AGPL-3.0-or-later",
            "cc-by-nc-4.0",
            "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "cc-by-nc-nd-3.0", "SSPL-1.0", "BUSL-1.1", "OSL-3.0", "other",
            "unknown", "Other",
            "UNLICENSED", "none", "cc", "openrail", "openrail++", "bigscience-openrail-m", "creativeml-openrail-m",
            "llama2",
            "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "gemma", "h-research", "intel-research", "c-uda",
            "deepfloyd-if-license", "LicenseRef-mine", "MIT OR", "(MIT", "my own words", "",
            "x" * 1000, "MIT WITH nothing",
        )],
        # Expressions.
        ("MIT OR GPL-3.0-only", 1.0),
        ("GPL-3.0-only OR AGPL-3.0-only", 0.0),
        ("MIT AND GPL-3.0-only", 0.0),
        ("MIT AND MPL-2.0", 0.5),
        ("(MIT AND MPL-2.0) OR Apache-2.0", 1.0),
        ("(MIT OR Apache-2.0) AND CC-BY-SA-4.0", 0.5),
        ("MIT AND LicenseRef-mine", 0.0),
        ("MIT OR LicenseRef-mine", 1.0),
        ("llama2 OR MIT", 1.0),
        ("mit or gpl-3.0", 1.0),
        ("MIT/Apache-2.0", 1.0),
        # Exceptions.
        ("Apache-2.0 WITH LLVM-exception", 1.0),
        ("GPL-2.0-only WITH Classpath-exception-2.0", 1.0),
        ("GPL-3.0-only WITH GCC-exception-3.1", 1.0),
        ("GPL-3.0-only WITH Bison-exception-2.2", 0.5),
        ("GPL-2.0-with-classpath-exception", 1.0),
        ("(GPL-3.0-only WITH GCC-exception-3.1) AND MIT", 1.0),
    ],
)  # fmt: skip
def test_read_scores_a_declaration(text: str, value: float) -> None:
    assert read("package.json", text, TABLE).score == value


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("mit", "MIT"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("(mit OR  apache-2.0)", "MIT OR Apache-2.0"),
        ("llama2", None),
        ("other", None),
        ("MIT OR", None),
        ("Proprietary", None),
        ("MIT OR mine", None),
        ("MIT OR LicenseRef-mine", "MIT OR LicenseRef-mine"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("The Apache License, Version 2.0 OR GPLv2", "Apache-2.0 OR GPL-2.0-only"),
    ],
)
def test_read_gives_the_expression_in_spdx_words(text: str, expression: str | None) -> None:
    assert read("README.md", text, TABLE).expression == expression


def scored(*declared: str, texts: tuple[str | None, ...] = (), github: GitHubEvidence | Missing = ABSENT) -> Result:
    licences = tuple(DeclaredLicence("package.json", one) for one in declared)
    found = tuple(LicenceText(f"LICENSE-{number}", one, 0.99) for number, one in enumerate(texts))
    archive = replace(ARCHIVE, licences=licences, licence_texts=found)
    return score(replace(EVIDENCE, archive=archive, github=github), TABLE)


GPL_THERE = replace(GITHUB, licence="GPL-3.0")


@pytest.mark.parametrize(
    ("result", "value", "flags"),
    [
        (scored(), 0.0, ()),
        (scored("MIT"), 1.0, ()),
        (scored("MIT", texts=("MIT",)), 1.0, ()),
        (scored("MIT", texts=(None,)), 1.0, ("licence_text_unrecognised",)),
        (scored(texts=("MIT",)), 1.0, ()),
        (scored(texts=(None,)), 0.0, ("licence_text_unrecognised",)),
        # Sources that disagree: the least of them.
        (scored("MIT", texts=("GPL-3.0-only",)), 0.0, ("sources_disagree",)),
        (scored("MIT", "cc-by-nc-4.0"), 0.0, ("sources_disagree",)),
        (scored("MIT", texts=("Apache-2.0",)), 1.0, ("sources_disagree",)),
        (scored("MIT", github=GPL_THERE), 0.0, ("sources_disagree",)),
        (scored("MIT", github=replace(GITHUB, licence="MIT")), 1.0, ()),
        (scored("MIT", github=replace(GITHUB, licence=None)), 1.0, ()),
        (scored("MIT", github=replace(GITHUB, licence="NOASSERTION")), 1.0, ()),
        (scored("MIT", github=UNAVAILABLE), 1.0, ("github_not_seen",)),
        # A text can't say "or later".
        (scored("GPL-2.0-or-later", texts=("GPL-2.0-only",)), 0.5, ()),
        # Both texts of a choice are there.
        (scored("MIT OR GPL-3.0-only", texts=("MIT", "GPL-3.0-only")), 1.0, ()),
        (scored(texts=("MIT", "Apache-2.0")), 1.0, ()),
        (scored(texts=("MIT", "GPL-3.0-only")), 0.0, ()),
        # The LGPL comes with the GPL's text.
        (scored(texts=("GPL-3.0-only", "LGPL-3.0-only")), 1.0, ()),
        # npm's pointer to a file.
        (scored("SEE LICENSE IN LICENSE-0", texts=("MIT",)), 1.0, ()),
        (scored("SEE LICENSE IN LICENSE-0", texts=(None,)), 0.0, ("licence_text_unrecognised",)),
        (scored("SEE LICENSE IN missing"), 0.0, ()),
    ],
)
def test_score_over_all_sources(result: Result, value: float, flags: tuple[str, ...]) -> None:
    assert (result.value, result.status, result.flags) == (value, Status.MEASURED, flags)


def test_operator_may_admit_a_licence() -> None:
    table = licences_with(
        '[scores]\n"Llama2" = 1\n"MIT" = 0\n"other (tongyi)" = 1\n[names]\n"House" = "ISC"\n[kinds]\n"Permissive" = 1'
    )
    texts = {"llama2": 1, "MIT": 0, "house": 1, "MS-PL": 1, "Apache-2.0": 1, "other (Tongyi)": 1, "other (mit)": 0}
    assert {text: read("x", text, table).score for text in texts} == texts


@pytest.mark.parametrize(
    "text",
    [
        "[colours]",
        "[scores]\nMIT = 2",
        '[scores]\nMIT = "good"',
        "[scores]\nMIT = true",
        "scores = 1",
        "[names]\na = 1",
        "[",
    ],
)
def test_operator_table_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # TOML's own messages are among them
        licences_with(text)


def test_evidence_names_expression_and_sources() -> None:
    result = scored("mit", texts=("GPL-3.0-only",))
    assert result.evidence["spdx_expression"] == "GPL-3.0-only"
    assert result.evidence["sources"] == [
        {"source": "package.json", "declared": "mit", "expression": "MIT", "score": 1.0},
        {"source": "LICENSE-0", "declared": "GPL-3.0-only", "expression": "GPL-3.0-only", "score": 0.0},
    ]
    assert result.reason == "GPL-3.0-only (LICENSE-0) is not known to be compatible with LGPL-2.1-only."


@pytest.mark.parametrize(
    ("declared", "called"),
    [
        (("mit",), "MIT"),
        (("llama3",), "llama3"),
        (("llama3", "GPL-3.0"), "GPL-3.0-only"),
        (("mit", "mine"), "mine"),
        ((), ""),
    ],
)
def test_licence_that_decides_is_called_by_its_expression_or_else_by_its_own_words(
    declared: tuple[str, ...], called: str
) -> None:
    assert scored(*declared).evidence["called"] == called


def test_every_spdx_key_of_the_table_is_spelled_as_the_list_spells_it() -> None:
    known = {"openmdw-1.0"} | {key for key in TABLE.scores if read("x", key, TABLE).expression is not None}
    no_spdx = {key for key in TABLE.scores if key not in known}
    assert no_spdx == {
        "apple-amlr", "apple-ascl", "bigcode-openrail-m", "bigscience-bloom-rail-1.0", "bigscience-openrail-m",
        "creativeml-openrail-m", "deepfloyd-if-license", "fair-noncommercial-research-license", "gemma",
        "grok2-community",
        "h-research", "intel-research", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "openrail",
        "openrail++", "cc", "none", "other", "unknown", "unlicensed",
    }  # fmt: skip
