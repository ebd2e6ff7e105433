"""Whether the licence allows use together with LGPL-2.1-only code.

Every source (manifest, model card, licence texts, GitHub) is read as an SPDX expression and scored:

    OR -> max, AND -> min, each id from the licence table: compatible 1, conditional or unknown-but-open 0.5, else 0

Range 0 to 1; the sources' minimum, flagged where they disagree; no licence anywhere is 0, measured.
Source: SPDX specification, annex "License expressions"; the table in tables/licences.toml is the registry's own.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from license_expression import (
    ExpressionError,
    ExpressionParseError,
    LicenseWithExceptionSymbol,
    Licensing,
    get_spdx_licensing,
)

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import Evidence, GitHubEvidence, LicenceText, Missing
from metrics_app.domain.licence_names import plain_name
from metrics_app.domain.licence_table import LicenceTable
from metrics_app.domain.result import Formula, Result

FORMULA = Formula("license_score", version=1)
ADVICE = "Use a licence compatible with LGPL-2.1, such as MIT, BSD-3-Clause or Apache-2.0, and say so everywhere alike."
#: Longer expressions are no expressions.
LONGEST = 500
#: npm's way of pointing at a file, and of saying that there is no licence.
SEE_FILE = re.compile(r"see licen[sc]e( in\b.*)?$", re.IGNORECASE)
OPERATORS = re.compile(r"(\s+(?:and|or|with)\s+|\s*[()]\s*)", re.IGNORECASE)
REFERENCE = re.compile(r"(documentref-[\w.-]+:)?licenseref-[\w.-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """One source's licence: the expression in SPDX's words where it is one, its score, and the ids it names."""

    source: str
    declared: str
    expression: str | None
    score: float
    ids: frozenset[str]


def score(evidence: Evidence, table: LicenceTable) -> Result:
    archive, github = evidence.archive, evidence.github
    readings = [read(one.source, one.text, table) for one in archive.licences if not SEE_FILE.match(one.text.strip())]
    if isinstance(github, GitHubEvidence) and github.licence and github.licence.upper() != "NOASSERTION":
        readings.append(read("GitHub", github.licence, table))
    readings += _texts(archive.licence_texts, readings, table)
    flags = list(_flags(readings, archive.licence_texts, github))
    value = min((reading.score for reading in readings), default=0.0)
    shown: list[JSON] = [
        {"source": one.source, "declared": one.declared, "expression": one.expression, "score": one.score}
        for one in readings
    ]
    spdx = next((one.expression for one in readings if one.score == value and one.expression), None)
    return FORMULA.measured(
        value,
        _reason(readings, value),
        flags=tuple(flags),
        advice="" if value == 1 else ADVICE,
        evidence={
            "spdx_expression": spdx,
            "called": spdx or next((one.declared for one in readings if one.score == value), ""),
            "sources": shown,
            "table": table.table,
            "texts": [
                {"path": one.path, "spdx_id": one.spdx_id, "similarity": one.similarity}
                for one in archive.licence_texts
            ],
        },
    )


def read(source: str, text: str, table: LicenceTable) -> Reading:
    """What one source says: an SPDX expression, a known name, or something unknown (score 0)."""
    declared = text.strip()
    named = _named(declared, table)
    if named.lower() in table.scores and named.lower() not in _symbols():
        return Reading(source, declared, None, table.scores[named.lower()], frozenset({named.lower()}))
    tree = _parsed(_in_spdx_words(named, table))
    if tree is None:  # MIT/X11, the spelling from before there were expressions
        tree = _parsed(_in_spdx_words(named.replace("/", " OR "), table))
    if tree is None:
        return Reading(source, declared, None, 0.0, frozenset())
    ids = frozenset(str(key) for key in _spdx().license_keys(tree))
    return Reading(source, declared, str(tree) if all(map(_is_spdx, ids)) else None, _value(tree, table), ids)


def _named(text: str, table: LicenceTable) -> str:
    """The id or expression that `text` stands for where it is a name of a licence, however it is written; else `text`."""
    key = text.lower()
    if key in table.names:
        return table.names[key]
    if key in table.scores or _is_spdx(key):
        return text
    plain = plain_name(text)
    return table.names.get(plain, plain if plain in table.scores or plain in _symbols() else text)


def _in_spdx_words(text: str, table: LicenceTable) -> str:
    return "".join(part and _named(part, table) for part in OPERATORS.split(text))


def _is_spdx(licence_id: str) -> bool:
    return licence_id.lower().removesuffix("+") in _symbols() or bool(REFERENCE.fullmatch(licence_id))


def _parsed(text: str) -> Any:
    """The expression tree of `text`, or None where it is none."""
    if not text or len(text) > LONGEST:
        return None
    try:
        return _spdx().parse(text)
    except (ExpressionError, ExpressionParseError, RecursionError):
        return None


def _value(tree: Any, table: LicenceTable) -> float:
    licensing = _spdx()
    if isinstance(tree, licensing.OR):
        return max(_value(one, table) for one in tree.args)
    if isinstance(tree, licensing.AND):
        return min(_value(one, table) for one in tree.args)
    if isinstance(tree, LicenseWithExceptionSymbol):
        exception = tree.exception_symbol.key.lower()
        if exception not in _symbols():  # words of one's own may take rights away
            return 0.0
        freed = table.exceptions.get(exception, 0.0)
        return max(_value(tree.license_symbol, table), freed)
    key = str(tree.key)
    if key.endswith("+") and key.lower() not in table.scores:
        key = key[:-1]
    return table.score(key)


def _texts(texts: tuple[LicenceText, ...], declared: list[Reading], table: LicenceTable) -> list[Reading]:
    """Recognised licence texts, as one source that asks for all of them, unless a declaration already covers them."""
    found = sorted({one.spdx_id for one in texts if one.spdx_id})
    if any(_family(one) == "lgpl-3.0" for one in found):  # whose text asks for the GPL's beside it
        found = [one for one in found if _family(one) != "gpl-3.0"]
    covered = {_family(one) for reading in declared for one in reading.ids}
    if not found or {_family(one) for one in found} <= covered:
        return []
    return [read(", ".join(one.path for one in texts if one.spdx_id), " AND ".join(found), table)]


def _family(licence_id: str) -> str:
    """The id without "or later": a text can't tell which of the two its owner chose."""
    return re.sub(r"(-only|-or-later|\+)$", "", licence_id).lower()


def _flags(readings: list[Reading], texts: tuple[LicenceText, ...], github: GitHubEvidence | Missing) -> list[str]:
    flags = []
    if len({frozenset(_family(one) for one in reading.ids) for reading in readings}) > 1:
        flags.append("sources_disagree")
    if any(text.spdx_id is None for text in texts):
        flags.append("licence_text_unrecognised")
    if isinstance(github, Missing) and github.kind == "unavailable":
        flags.append("github_not_seen")
    return flags


def _reason(readings: list[Reading], value: float) -> str:
    if not readings:
        return "No licence was found in the manifests, the model card or a licence file."
    worst = min(readings, key=lambda reading: reading.score)
    verdict = {1.0: "is compatible with", 0.0: "is not known to be compatible with"}.get(
        value, "is conditionally compatible with"
    )
    return f"{worst.declared or 'An empty licence field'} ({worst.source}) {verdict} LGPL-2.1-only."


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


@cache
def _symbols() -> frozenset[str]:
    """Every id of SPDX in lower case, those it has given up too."""
    known = _spdx().known_symbols
    return frozenset(str(name).lower() for key, symbol in known.items() for name in (key, *symbol.aliases))
