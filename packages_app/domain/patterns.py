"""Which regular expressions of a user may be handed to PostgreSQL.

PostgreSQL itself says whether a pattern is well formed. What is refused here is what it would run at any cost:
back-references are exponential, and counted repetitions are written out in full before anything is matched.
Source: https://www.postgresql.org/docs/current/functions-matching.html (advanced regular expressions).
"""

import re

PATTERN_LENGTH = 256
#: PostgreSQL's own limit on the numbers in braces.
LARGEST_COUNT = 255
#: How many single characters, sets and escapes a pattern may have once its counted repetitions are written out. Those
#: that may be left out count OPTIONAL times: PostgreSQL links around each, which nested took 180 MB at 729 of them.
WRITTEN_OUT = 1_000
OPTIONAL = 3

#: Those that leave the syntax as it is: letter case, and what `.`, `^` and `$` make of new lines.
_OPTIONS = re.compile(r"\(\?[cimnpsw]+\)")
_EMBEDDED = re.compile(r"\(\?[A-Za-z]*\)")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_TOKEN = re.compile(
    r"""
    (?P<back_reference> \\[1-9] )
  | (?P<escape> \\. | \\\Z )
  | (?P<comment> \(\?\# )
  | (?P<open> \( (?: \?(?: : | <?[=!] ) )? )
  | (?P<close> \) )
  | (?P<count> \{ (?P<least>[0-9]+) (?P<comma>,)? (?P<most>[0-9]*) \} \?? )
  | (?P<optional> [*?] \?? )
  | (?P<set> \[ \^? \]? (?: \[\. .*? \.\] | \[= .*? =\] | \[: .*? :\] | \\. | [^\]\\] )* \]? )
  | (?P<nothing> \+ \?? | [|^$] )
  | (?P<atom> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class InvalidPattern(ValueError):
    """A regular expression that is not run; `str(error)` says why in one sentence."""


def check_pattern(text: str) -> str:
    """`text` itself, if PostgreSQL may run it. Raises InvalidPattern. Any text is answered at once."""
    if not text:
        raise InvalidPattern("The regular expression is empty: leave it out to find everything.")
    if len(text) > PATTERN_LENGTH:
        raise InvalidPattern(f"A regular expression has at most {PATTERN_LENGTH} characters; this one has {len(text)}.")
    if _UNSTORABLE.search(text):
        raise InvalidPattern("A regular expression has no NUL characters or lone surrogates: no text stored has any.")
    if text.startswith("***"):
        raise InvalidPattern("A regular expression can't start with '***': write it without that prefix.")
    if _EMBEDDED.match(text) and not _OPTIONS.match(text):
        raise InvalidPattern("A regular expression may start with options of the letters c, i, m, n, p, s and w alone.")
    if _written_out(text) > WRITTEN_OUT:
        raise InvalidPattern(
            f"The repetitions counted in braces are too many: written out they may come to {WRITTEN_OUT:,} characters, "
            "so use smaller numbers, '*' or '+'."
        )
    return text


def _written_out(text: str) -> int:
    """How many atoms `text` has once counted repetitions are written out. Raises InvalidPattern."""
    sizes = [0]  # of each group open, outermost first
    last = 0  # of the atom that a count would repeat
    for token in _TOKEN.finditer(text, _skip_options(text)):
        match token.lastgroup:
            case "back_reference":
                raise InvalidPattern(f"Back-references such as '{token[0]}' are not supported: write it out again.")
            case "comment":
                raise InvalidPattern("Comments in a regular expression are not supported: leave '(?#' out.")
            case "open":
                sizes.append(0)
                last = 0
            case "close":
                last = sizes.pop() if len(sizes) > 1 else 0
                sizes[-1] += last
            case "count" | "optional":
                added = last * (_times(token) - 1)
                sizes[-1] += added
                last += added
            case "nothing":
                pass
            case _:
                last = 1
                sizes[-1] += last
    return sum(sizes)


def _times(token: re.Match[str]) -> int:
    """How much larger what `token` repeats becomes when PostgreSQL writes it out. Raises InvalidPattern."""
    if token.lastgroup == "optional":
        return OPTIONAL
    numbers = [int(number) for number in token.group("least", "most") if number]
    if max(numbers) > LARGEST_COUNT:
        raise InvalidPattern(f"A number in braces is at most {LARGEST_COUNT}; '{token[0]}' has a larger one.")
    times = max(1, *numbers, numbers[0] + 1 if token["comma"] and not token["most"] else 0)
    return times * OPTIONAL if numbers[0] == 0 else times


def _skip_options(text: str) -> int:
    options = _OPTIONS.match(text)
    return options.end() if options else 0
