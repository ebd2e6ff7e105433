"""JavaScript cut into words and signs, well enough to tell code from strings, comments and regular expressions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

IDENTIFIER: Final = "identifier"
PUNCTUATION: Final = "punctuation"
#: Strings, templates, numbers and regular expressions: their text is never looked at.
LITERAL: Final = "literal"

_SPACE: Final = re.compile(r"\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/", re.DOTALL)
_WORD: Final = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_NUMBER: Final = re.compile(r"\.?\d[\w.]*")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_TEMPLATE: Final = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)
_REGEXP: Final = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_SIGN: Final = re.compile(r"=>|\.\.\.|\?\.(?!\d)|[-+]{2}|==+|!==?|<=|>=|.", re.DOTALL)
#: Words an expression may follow, so that a slash after them opens a regular expression.
_BEFORE_EXPRESSION: Final = frozenset(
    ("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else", "yield", "await")
)
#: Words whose parentheses are followed by a statement, and what a brace follows that opens a block, not an object.
_HEADS: Final = frozenset(("if", "while", "for", "with"))
_BEFORE_BLOCK: Final = frozenset((")", ";", "{", "}", ":", "=>", "do", "else"))


@dataclass(frozen=True)
class Token:
    """line: of its first character, from 1."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of `source`, up to what opens and never closes, which can't be in a source that parses."""
    at, line, last = 0, 1, None
    begins = True  # whether an expression may begin here, so that a slash opens a regular expression
    opened: list[bool] = []  # for each open bracket, whether one may begin behind it
    templates: list[int] = []  # how many brackets were open where each open template was left
    while at < len(source):
        start = at
        if space := _SPACE.match(source, at):
            at = space.end()
        else:
            resumes = bool(templates) and templates[-1] == len(opened)
            found = _token(source, at, line, begins=begins, resumes=resumes)
            if found is None:
                return
            before, (last, at) = last, found
            if last.text == "`${":
                templates.append(len(opened))
            elif last.text == "}`":
                templates.pop()
            elif last.kind == PUNCTUATION and last.text in {"(", "[", "{"}:
                opened.append(_ends_a_statement(before, last.text, begins=begins))
            if last.kind == PUNCTUATION and last.text in {")", "]", "}"}:
                begins = opened.pop() if opened else False
            else:
                begins = _expects_expression(last)
            yield last
        line += source.count("\n", start, at)


def _token(source: str, at: int, line: int, *, begins: bool, resumes: bool) -> tuple[Token, int] | None:
    """The token at `at` and where it ends; None where it opens something that never closes."""
    character = source[at]
    if character == "`" or (resumes and character == "}"):
        return _template(source, at, line)
    kind, pattern = PUNCTUATION, _SIGN
    if character in "'\"":
        kind, pattern = LITERAL, _STRING
    elif source.startswith("/*", at):
        return None
    elif character == "/" and begins:
        kind, pattern = LITERAL, _REGEXP
    elif _NUMBER.match(source, at):
        kind, pattern = LITERAL, _NUMBER
    elif _WORD.match(source, at):
        kind, pattern = IDENTIFIER, _WORD
    found = pattern.match(source, at)
    return (Token(kind, "" if kind == LITERAL else found[0], line), found.end()) if found else None


def _template(source: str, at: int, line: int) -> tuple[Token, int] | None:
    """A template's next piece. Its text tells what it does: "`${" opens one, "}`" closes one, "}${" goes on in one."""
    found = _TEMPLATE.match(source, at + 1)
    if found is None:
        return None
    opens, closes = source[at] == "`", found[1] == "`"
    text = "" if opens and closes else ("`" if opens else "}") + ("`" if closes else "${")
    return Token(LITERAL, text, line), found.end()


def _ends_a_statement(before: Token | None, bracket: str, *, begins: bool) -> bool:
    """Whether a new expression may begin behind what `bracket` opens: a head such as that of `if`, or a block."""
    word = before.text if before else ""
    return word in _HEADS if bracket == "(" else bracket == "{" and (not begins or not word or word in _BEFORE_BLOCK)


def _expects_expression(last: Token) -> bool:
    if last.kind == IDENTIFIER:
        return last.text in _BEFORE_EXPRESSION
    return last.text.endswith("${") or (last.kind == PUNCTUATION and last.text not in {"++", "--"})
