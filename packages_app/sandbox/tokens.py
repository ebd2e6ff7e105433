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


@dataclass(frozen=True)
class Token:
    """line: of its first character, from 1."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> Iterator[Token]:
    """The tokens of `source`, up to what opens and never closes, which can't be in a source that parses."""
    at, line, depth = 0, 1, 0
    templates: list[int] = []  # the depth of braces at which each open template goes on
    last: Token | None = None
    while at < len(source):
        start = at
        if space := _SPACE.match(source, at):
            at = space.end()
        else:
            found = _token(source, at, line, last, resumes=bool(templates) and templates[-1] == depth)
            if found is None:
                return
            last, at = found
            if last.text == "`${":
                templates.append(depth)
            elif last.text == "}`":
                templates.pop()
            elif last.kind == PUNCTUATION:
                depth += (last.text == "{") - (last.text == "}")
            yield last
        line += source.count("\n", start, at)


def _token(source: str, at: int, line: int, last: Token | None, *, resumes: bool) -> tuple[Token, int] | None:
    """The token at `at` and where it ends; None where it opens something that never closes."""
    character = source[at]
    if character == "`" or (resumes and character == "}"):
        return _template(source, at, line)
    kind, pattern = PUNCTUATION, _SIGN
    if character in "'\"":
        kind, pattern = LITERAL, _STRING
    elif source.startswith("/*", at):
        return None
    elif character == "/" and _expects_expression(last):
        kind, pattern = LITERAL, _REGEXP
    elif _NUMBER.match(source, at):
        kind, pattern = LITERAL, _NUMBER
    elif _WORD.match(source, at):
        kind, pattern = IDENTIFIER, _WORD
    found = pattern.match(source, at)
    return (Token(kind, "" if kind == LITERAL else found[0], line), found.end()) if found else None


def _template(source: str, at: int, line: int) -> tuple[Token, int] | None:
    """A template's next piece. Its text tells what it does: "`${" opens one, "}`" closes one, and the rest neither."""
    found = _TEMPLATE.match(source, at + 1)
    if found is None:
        return None
    opens, closes = source[at] == "`", found[1] == "`"
    text = "`${" if opens and not closes else "}`" if closes and not opens else ""
    return Token(LITERAL, text, line), found.end()


def _expects_expression(last: Token | None) -> bool:
    if last is None:
        return True
    if last.kind == IDENTIFIER:
        return last.text in _BEFORE_EXPRESSION
    return last.kind == PUNCTUATION and last.text not in {")", "]", "}", "++", "--"}
