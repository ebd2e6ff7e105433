"""What policies like to use and the engine does not have, found in their source before anybody waits for it.

A policy that would fail at its first download is better refused when it is uploaded. Only certain uses count, such as a
call; what may be a name of the policy's own is left to run, where it fails closed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from packages_app.sandbox.tokens import IDENTIFIER, PUNCTUATION, Token, tokens

_NETWORK: Final = "a policy has no network"
_MODULES: Final = "a policy can load nothing; put everything it needs into its own source"
_TIMERS: Final = "a policy has no timers; it must return its verdict at once"
_OUTPUT: Final = "a policy can print nothing; put what you want to say into `reason`"
_NODE: Final = "a policy does not run in Node.js and sees nothing of the server"
_BROWSER: Final = "a policy does not run in a browser"
_LOCALE: Final = "there is no Intl; use the local parts of Date, such as getHours, which follow the policy's time zone"
_ABSENT: Final = "the engine does not have it"

WHY: Final[Mapping[str, str]] = {
    **dict.fromkeys(("fetch", "Request", "Response", "Headers", "XMLHttpRequest", "WebSocket"), _NETWORK),
    **dict.fromkeys(("require", "import", "importScripts"), _MODULES),
    **dict.fromkeys(("setTimeout", "setInterval", "setImmediate", "requestAnimationFrame"), _TIMERS),
    **dict.fromkeys(("console", "print", "alert"), _OUTPUT),
    **dict.fromkeys(("process", "Buffer", "global", "__dirname", "__filename", "Deno", "Bun"), _NODE),
    **dict.fromkeys(("window", "document", "navigator", "location", "localStorage", "sessionStorage"), _BROWSER),
    "Intl": _LOCALE,
    **dict.fromkeys(
        ("performance", "crypto", "structuredClone", "Atomics", "Worker", "WebAssembly", "WeakRef", "Temporal", "URL",
         "FinalizationRegistry", "URLSearchParams", "TextEncoder", "TextDecoder", "AbortController"), _ABSENT,
    ),
}  # fmt: skip
_LOCALE_METHODS: Final = {"toLocaleString", "toLocaleDateString", "toLocaleTimeString"}
_DECLARING: Final = {"let", "const", "var", "function", "class", "catch", "async", "*"}


def missing_feature(source: str) -> str | None:
    """One sentence naming the first thing that `source`, which parses, surely uses and that isn't there; else None."""
    found = list(tokens(source))
    own = set(_names_of_its_own(found))
    for at, token in enumerate(found):
        before, after = _text(found, at - 1), _text(found, at + 1)
        if token.kind != IDENTIFIER:
            continue
        if token.text in _LOCALE_METHODS and before in {".", "?."} and after == "(" and _text(found, at + 2) != ")":
            return f"The policy uses {token.text} with a locale on line {token.line}: {_LOCALE}."
        if token.text in WHY and token.text not in own and _is_certain_use(before, after, token.text):
            return f"The policy uses {token.text} on line {token.line}: {WHY[token.text]}."
    return None


def _is_certain_use(before: str, after: str, name: str) -> bool:
    if name == "import":
        return after != "."
    return before not in {".", "?.", "#"} and (before == "new" or after in {"(", ".", "?.", "["})


def _names_of_its_own(found: Sequence[Token]) -> Iterator[str]:
    """Names that the policy may declare itself, as variable, parameter or method, or asks for with `typeof` first."""
    heads = _heads_of_bodies(found)
    for at, token in enumerate(found):
        if token.kind != IDENTIFIER:
            continue
        before, after = _text(found, at - 1), _text(found, at + 1)
        declared = before in _DECLARING or before == "typeof" or after in {"=", "=>", ":"}
        listed = before in {"(", ",", "{", "[", "..."} and after in {")", ",", "}", "]"}
        renamed = before == ":" and after in {",", "}"}
        if declared or listed or renamed or at + 1 in heads:
            yield token.text


def _heads_of_bodies(found: Sequence[Token]) -> set[int]:
    """Where the parentheses open that close right before a `{`: those around the parameters of a method, for one."""
    heads, opened = set(), []
    for at, token in enumerate(found):
        if token.kind == PUNCTUATION and token.text == "(":
            opened.append(at)
        elif token.kind == PUNCTUATION and token.text == ")" and opened:
            head = opened.pop()
            if _text(found, at + 1) == "{":
                heads.add(head)
    return heads


def _text(found: Sequence[Token], at: int) -> str:
    return found[at].text if 0 <= at < len(found) else ""
