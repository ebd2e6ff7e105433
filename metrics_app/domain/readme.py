"""A README as its reader sees it: no front matter; prose, sections and code blocks apart; template text is nothing."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice, takewhile
from textwrap import dedent, indent

FRONT_MATTER = re.compile(r"\A﻿?---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*\r?$\n?", re.S | re.M)
FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$")
HEADING = re.compile(r"^[ ]{0,3}(?P<level>#{1,6})[ \t]+(?P<title>.*?)[ \t#]*$")
#: HTML's own headings, and what it shows as code.
TAGGED_HEADING = re.compile(r"\s*<h(?P<level>[1-6])\b[^>]{0,300}>(?P<title>.*?)</h(?P=level)>", re.IGNORECASE)
PRE, PRE_END = re.compile(r"^[ \t]*<pre\b[^>\n]{0,300}>(\s{0,20}<code\b[^>\n]{0,300}>)?", re.MULTILINE), "</pre>"
TAG = re.compile(r"</?[a-z][^<>\n]{0,300}>", re.IGNORECASE)
UNDERLINE = re.compile(r"^[ ]{0,3}(=+|-+)[ \t]*$")
MARKUP = re.compile(r"!\[[^\]]{0,300}\]\([^)]{0,1000}\)|<[^>]{0,500}>|\]\([^)]{0,1000}\)|https?://\S+|[#*_`>|\[\]]")
LIST_ITEM = re.compile(r"[ \t]*([-+*]|\d{1,9}[.)])[ \t]")
#: What model-card and package templates leave for their users to fill in.
TEMPLATE = re.compile(
    r"\[?\s{0,5}more information needed\s*\]?|\[optional\]|todo:?|tbd|coming soon|work in progress|lorem ipsum[^\n]*"
    r"|provide a quick summary of what the model is/does\.?"
    r"|this modelcard aims to be a base template for new models[^\n]*"
    r"|this is the model card of a .{0,40} transformers model that has been pushed on the hub[^\n]*"
    r"|this model card has been automatically generated[^\n]*"
    r"|users \(both direct and downstream\) should be made aware of the risks, biases and limitations of the model\.?"
    r"|carbon emissions can be estimated using the .{0,200}? presented in [^\n]{0,200}"
    r"|use the code below to get started with the model\.?"
    r"|more information needed for further recommendations\.?",
    re.I | re.M,
)
#: Labels of the model-card template that nothing follows.
LABEL = re.compile(
    r"^[^\w\n]{0,20}(developed by|funded by|shared by|model type|language\(s\) \(nlp\)|license|finetuned from model"
    r"|repository|paper|demo|hardware type|hours used|cloud provider|compute region|carbon emitted|training regime)"
    r"[ \t]*:[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
SHELL = {"bash", "sh", "shell", "console", "zsh", "shell-session", "terminal", "cmd", "powershell", "bat"}
RUNNABLE = SHELL | {
    "python", "py", "python3", "pycon", "javascript", "js", "jsx", "typescript", "ts", "tsx", "mjs", "cjs", "node",
    "rust", "go", "java", "c", "cpp", "c++", "csharp", "ruby", "r", "julia", "swift", "kotlin", "php", "html", "vue",
    "svelte",
}  # fmt: skip
CODE = re.compile(
    r"\bimport\s|\brequire\(|\bfrom\s+\S+\s+import\b|\w\([^)]{0,500}\)"
    r"|^[ \t]*(?:[$>][ \t]*)?(?:npx|node|python3?|curl|docker)\s",
    re.M,
)
INSTALL = re.compile(
    r"^\s*(?:[$>%!#]\s*)?(?:sudo\s+|python3?\s+-m\s+)?"
    r"(?:pip3?|npm|yarn|pnpm|bun|conda|mamba|uv|poetry|git|cd|brew|apt(?:-get)?|source|mkdir)\b"
)


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block; `language` is the first word after the fence, in lower case, "" where there is none."""

    language: str
    code: str

    @property
    def is_shell(self) -> bool:
        return self.language in SHELL

    @property
    def could_run(self) -> bool:
        """Whether it shows use, and not merely installing: code in a language one runs, with a call or an import."""
        if self.language and self.language not in RUNNABLE:
            return False
        lines = [line for line in self.code.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//"))]
        used = [line for line in lines if not INSTALL.match(line)]
        if self.is_shell:
            return bool(used)
        return bool(used) and not TEMPLATE.fullmatch(self.code.strip()) and bool(CODE.search("\n".join(used)))


@dataclass(frozen=True)
class Section:
    """A heading and whether anything but template text stands under it (or under its sub-headings)."""

    heading: str
    filled: bool


@dataclass(frozen=True)
class Readme:
    """`text` is without front matter and comments; `prose_characters` counts outside code, tables and links.

    `blocks` are the fenced ones in order, `indented` those that indentation alone makes code.
    """

    text: str
    prose_characters: int
    sections: tuple[Section, ...]
    blocks: tuple[CodeBlock, ...]
    indented: tuple[CodeBlock, ...]


@lru_cache(maxsize=2)  # several metrics read the same one, one after the other
def read(markdown: str) -> Readme:
    text = without_comments(FRONT_MATTER.sub("", markdown.replace("\r\n", "\n"), count=1))
    outside, blocks = split_fences(with_indented_code(text))
    outside, indented = split_indented(outside)
    sections, prose = _sections(outside)
    return Readme(text, sum(len(one) for one in prose), sections, blocks, indented)


def without_comments(text: str) -> str:
    """`text` without its HTML comments; one that never ends is none."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join(kept) + text[at:]


def with_indented_code(text: str) -> str:
    """`text` with what HTML's `<pre>` tags show as code indented, which makes code of it in Markdown."""
    kept, at = [], 0
    for start in PRE.finditer(text):
        end = text.find(PRE_END, start.end())
        if end < 0:
            break
        if start.start() >= at:
            code = unescape(TAG.sub("", text[start.end() : end])).strip("\n")
            kept += [text[at : start.start()], f"\n{indent(code, '    ')}\n\n"]
            at = end + len(PRE_END)
    return "".join(kept) + text[at:]


def split_fences(text: str) -> tuple[list[str], tuple[CodeBlock, ...]]:
    """The lines outside fenced blocks (a block leaves one empty-looking mark), and the blocks in order."""
    outside: list[str] = []
    blocks: list[CodeBlock] = []
    mark, language = "", ""
    code: list[str] = []
    for line in text.splitlines():
        fence = FENCE.match(line)
        if mark:
            if fence and not fence["info"].strip() and fence["mark"].startswith(mark):
                blocks.append(CodeBlock(language, dedent("\n".join(code))))
                outside.append(CODE_MARK)
                mark, code = "", []
            else:
                code.append(line)
        elif fence:
            words = fence["info"].strip().strip("{}.").split()
            mark, language = fence["mark"], words[0].lower().strip("{}.,") if words else ""
        else:
            outside.append(line)
    if mark:
        blocks.append(CodeBlock(language, dedent("\n".join(code))))
        outside.append(CODE_MARK)
    return outside, tuple(blocks)


def split_indented(lines: list[str]) -> tuple[list[str], tuple[CodeBlock, ...]]:
    """The lines outside indented code (again with a mark for each block), and the blocks; lists are not code."""
    outside: list[str] = []
    blocks: list[CodeBlock] = []
    code: list[str] = []
    blank, in_list = True, False
    for line in lines:
        if line.startswith(("    ", "\t")) and line.strip() and not in_list and (blank or code):
            code.append(line)
            continue
        if not line.strip() and code:
            code.append("")
        elif code:
            blocks.append(CodeBlock("", dedent("\n".join(code)).strip("\n")))
            outside.append(CODE_MARK)
            code = []
        if line.strip() and line[:1] not in " \t":
            in_list = bool(LIST_ITEM.match(line))
        blank = not line.strip()
        outside.append(line)
    if any(code):
        blocks.append(CodeBlock("", dedent("\n".join(code)).strip("\n")))
        outside.append(CODE_MARK)
    return outside, tuple(blocks)


#: Stands in the prose where a code block was: it fills a section without adding characters.
CODE_MARK = "\0"


def _sections(lines: list[str]) -> tuple[tuple[Section, ...], list[str]]:
    """The headings in order, and every line of prose."""
    levels: list[tuple[int, str, bool]] = []
    prose: list[str] = []
    level, title, body = 0, "", list[str]()
    for number, line in enumerate([*lines, "# "]):
        found = _heading(line, lines[number + 1] if number + 1 < len(lines) else "")
        if found is None:
            if not UNDERLINE.match(line):
                body.append(line)
            continue
        words = _prose(body)
        prose += words
        filled = bool(words) or CODE_MARK in body or any(one.lstrip().startswith("|") for one in body)
        levels.append((level, title, filled))
        (level, title), body = found, []
    sections = (
        Section(_plain(title), filled or _filled_below(levels, number))
        for number, (_, title, filled) in enumerate(levels)
    )
    return tuple(section for section in sections if section.heading), prose


def _heading(line: str, following: str) -> tuple[int, str] | None:
    """The level and title of a heading, whether marked or underlined."""
    marked = HEADING.match(line) or TAGGED_HEADING.match(line)
    if marked:
        level = marked["level"]
        return int(level) if level.isdecimal() else len(level), marked["title"]
    underlined = UNDERLINE.match(following)
    if underlined and line.strip() and line != CODE_MARK:
        return (1 if underlined[1].startswith("=") else 2), line
    return None


def _filled_below(levels: list[tuple[int, str, bool]], number: int) -> bool:
    below = takewhile(lambda row: row[0] > levels[number][0], islice(levels, number + 1, None))
    return any(filled for _, _, filled in below)


def _prose(lines: list[str]) -> list[str]:
    """Lines without markup, table rows and template text, empty ones left out."""
    text = "\n".join(line for line in lines if not line.lstrip().startswith("|") and line != CODE_MARK)
    plain = (MARKUP.sub("", line).strip(" \t-+:.[]") for line in LABEL.sub("", TEMPLATE.sub("", text)).splitlines())
    return [line for line in plain if line]


def _plain(heading: str) -> str:
    return MARKUP.sub("", heading).strip()
