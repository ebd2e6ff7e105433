"""How quickly a newcomer can start, from the README or model card alone.

    0.20 prose of at least 400 characters     0.15 a section on installing     0.25 a usage block that could run
    0.15 API or configuration documented      0.15 examples or a notebook      0.10 card sections or metadata filled

Range 0 to 1. No README is 0, measured. Template text and "[More Information Needed]" count as empty.
Source: the registry's own definition, after "README" and "documentation" of npms.io and the Hugging Face card template.
"""

import re
from collections.abc import Mapping

from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import ArchiveEvidence
from metrics_app.domain.readme import CodeBlock, Readme, read
from metrics_app.domain.result import Formula, Result

FORMULA = Formula("ramp_up", version=1)
WEIGHTS: Mapping[str, float] = {
    "prose": 0.20,
    "install": 0.15,
    "usage": 0.25,
    "api": 0.15,
    "examples": 0.15,
    "metadata": 0.10,
}
ADVICE = {
    "prose": "describe the package in at least 400 characters of prose",
    "install": "add a section on installing it",
    "usage": "show code that uses it",
    "api": "document its API or configuration",
    "examples": "add examples or a notebook",
    "metadata": "fill in the card's sections or metadata",
}
PROSE_CHARACTERS = 400
#: Front-matter fields, or filled sections, that make a card filled.
FILLED = 3
INSTALL_HEADING = re.compile(
    r"\b(install(ation|ing)?|set-?up|setting up|getting started|quick ?start|requirements|get it|instala\w+|установка)\b"
    r"|安装|安裝|快速开始|インストール|설치",
    re.I,
)
INSTALL_COMMAND = re.compile(
    r"^[ \t]*(?:[$>%#!][ \t]*)?(?:sudo\s+|python3?\s+-m\s+)?(?:"
    r"(?:pip3?|pipx|uv|conda|mamba|poetry|pdm|brew|apt(?:-get)?|cargo|go)\s+(?:pip\s+)?(?:install|add|get)\b"
    r"|npm\s+(?:install|i|add)\b|(?:yarn|pnpm|bun)\s+(?:add|install)\b|npx\s+\S|docker\s+(?:run|pull)\b)",
    re.I | re.M,
)
API_HEADING = re.compile(
    r"\b(api|options?|config(uration)?|parameters?|arguments?|props|methods?|functions|classes|modules|reference|documentation|docs|settings|"
    r"inputs?( and |/| & )outputs?|hyper-?parameters|commands?|cli|technical specifications?)\b"
    r"|参数|参考|文档|配置|パラメータ|設定|설정",
    re.I,
)
EXAMPLE_HEADING = re.compile(
    r"\b(examples?|tutorials?|demos?|notebooks?|cookbook|recipes?|ejemplos?|exemplos?|exemples?|beispiele?)\b"
    r"|示例|例子|教程|サンプル|예제",
    re.I,
)
NOTEBOOK_LINK = re.compile(
    r"\.ipynb\b|colab\.research\.google\.com|/examples?(/|\b)|codesandbox\.io|stackblitz\.com", re.I
)


#: reStructuredText underlines headings with signs that mean other things in Markdown.
RST_UNDERLINE = re.compile(r"^([~^\"'`+*#:.=-])\1{2,}[ \t]*$", re.MULTILINE)


def score(archive: ArchiveEvidence) -> Result:
    if archive.readme is None:
        return FORMULA.measured(
            0.0,
            "The package has no README or model card.",
            evidence={"readme": None},
            flags=("no_readme",),
            advice="Add a README.md with a description, how to install it, and code that uses it.",
        )
    restructured = (archive.readme_path or "").lower().endswith(".rst")
    readme = read(RST_UNDERLINE.sub("----", archive.readme) if restructured else archive.readme)
    found = signals(readme, examples=bool(archive.examples), card_fields=len(archive.card_fields))
    value = sum(WEIGHTS[name] for name, there in found.items() if there)
    lacking = [ADVICE[name] for name in sorted(WEIGHTS, key=lambda one: -WEIGHTS[one]) if not found[name]]
    evidence: dict[str, JSON] = {
        "readme": archive.readme_path,
        "prose_characters": readme.prose_characters,
        "signals": found,
        "weights": dict(WEIGHTS),
    }
    there = [name for name in WEIGHTS if found[name]]
    return FORMULA.measured(
        round(value, 9),
        f"{archive.readme_path or 'The README'} offers {', '.join(there) or 'none of what a newcomer needs'}.",
        evidence=evidence,
        advice=_sentence("; ".join(lacking)),
    )


def _code(readme: Readme) -> tuple[CodeBlock, ...]:
    return readme.blocks + readme.indented


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def signals(readme: Readme, *, examples: bool, card_fields: int) -> dict[str, bool]:
    """Which of the six things a newcomer needs are there, by name."""
    headings = [section.heading for section in readme.sections if section.filled]
    shell = "\n".join(block.code for block in _code(readme) if block.is_shell or not block.language)
    return {
        "prose": readme.prose_characters >= PROSE_CHARACTERS,
        "install": any(INSTALL_HEADING.search(one) for one in headings) or bool(INSTALL_COMMAND.search(shell)),
        "usage": any(block.could_run for block in _code(readme)),
        "api": any(API_HEADING.search(one) for one in headings),
        "examples": examples
        or any(EXAMPLE_HEADING.search(one) for one in headings)
        or bool(NOTEBOOK_LINK.search(readme.text)),
        "metadata": card_fields >= FILLED or len(headings) > FILLED,
    }
