import pytest

from packages_app.sandbox.host import check
from packages_app.sandbox.missing import WHY, missing_feature
from packages_app.sandbox.settings import SandboxSettings
from packages_app.sandbox.tokens import IDENTIFIER, tokens

GOOD = "function validateDownload() { return {approved: true} }"


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        (GOOD, "approved", ""),
        ("module.exports = {validateDownload: () => ({approved: true})}", "approved", ""),
        ("function validateDownload() { for (;;); }", "approved", ""),
        ("function validateDownload( {", "syntax_error", "line 1"),
        ("const x = 1", "no_function", "validateDownload"),
        ("module.exports = function other() {}", "no_function", "validateDownload"),
        ("module.exports = Object.create(new Proxy({}, {}))", "no_function", "validateDownload"),
        ("module.exports = Object.create({get validateDownload() { for (;;); }})", "no_function", "validateDownload"),
        ("async function validateDownload() {}", "policy_error", "at once"),
        ("function* validateDownload() {}", "policy_error", "at once"),
        ("exports.validateDownload = async () => 1", "policy_error", "at once"),
        ("throw new Error('early')" + GOOD, "syntax_error", "parsed"),
        ("throw new Error('early');" + GOOD, "policy_error", "early"),
        ("const fs = require('fs');" + GOOD, "policy_error", "require on line 1"),
        ("function validateDownload() { if (0) {\n fetch('/') } }", "policy_error", "fetch on line 2"),
        ("function validateDownload() { return new Intl.NumberFormat() }", "policy_error", "Intl"),
        ("'\ud800'", "syntax_error", "UTF-8"),
        ("/" * 70_000, "too_large", "70,000 bytes"),
    ],
)
def test_a_policy_that_can_not_work_is_refused(source: str, code: str, says: str, settings: SandboxSettings) -> None:
    verdict = check(source, settings)
    assert (verdict.code, verdict.approved, says in verdict.reason) == (code, code == "approved", True)


def test_a_top_level_without_an_end_is_refused(hurried: SandboxSettings) -> None:
    assert check("for (;;);" + GOOD, hurried).code == "timeout"


@pytest.mark.parametrize("name", sorted(WHY))
def test_every_absent_name_is_found_and_explained(name: str) -> None:
    source = f"function validateDownload() {{\n  return {name}(1);\n}}"
    assert missing_feature(source) == f"The policy uses {name} on line 2: {WHY[name]}."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("process.env.HOME", "process"),
        ("new URL('x')", "URL"),
        ("new WeakRef({})", "WeakRef"),
        ("window['x']", "window"),
        ("`a ${fetch('x')} b`", "fetch"),
        ("`a ${`b ${fetch('x')}`} c`", "fetch"),
        ("import('x')", "import"),
        ("/[/]/.test(fetch(1))", "fetch"),
        ("a / fetch(1) / 2", "fetch"),
        ("d.toLocaleString('en')", "toLocaleString"),
        ("d?.toLocaleTimeString('en')", "toLocaleTimeString"),
        ("d.toLocaleString()", None),
        ("'fetch(1)'", None),
        ('"fetch(1)"', None),
        ("`fetch(1)`", None),
        ("// fetch(1)", None),
        ("/* fetch(1) */", None),
        ("/fetch(1)/", None),
        ("x = /fetch(1)/g", None),
        ("return /fetch(1)/", None),
        ("if (a) /fetch(1)/.test(a)", None),
        ("{} /fetch(1)/.test(a)", None),
        ("for (;;) {} /fetch(1)/.test(a)", None),
        ("class A {}\n/fetch(1)/.test(a)", None),
        ("`${/fetch(1)/.test(a)} ${/fetch(1)/.test(a)}`", None),
        ("(a) / fetch(1) / 2", "fetch"),
        ("a[0] / fetch(1) / 2", "fetch"),
        ("({}) / fetch(1) / 2", "fetch"),
        ("a = {} / fetch(1) / 2", "fetch"),
        ("a++ / fetch(1) / 2", "fetch"),
        ("a.fetch(1)", None),
        ("a?.process.env", None),
        ("this.#fetch(1)", None),
        ("({fetch: 1})", None),
        ("({process})", None),
        ("({fetch(url) { return url }})", None),
        ("class A { fetch() { return 1 } }", None),
        ("function fetch() {}; fetch(1)", None),
        ("const process = {}; process.env", None),
        ("const {crypto} = o; crypto.x()", None),
        ("const {key: crypto} = o; crypto.x()", None),
        ("function f(process) { return process.x }", None),
        ("(process) => process.x", None),
        ("process => process.x", None),
        ("typeof fetch === 'function' && fetch(1)", None),
        ("try {} catch (console) { console.log() }", None),
        ("url.location.x", None),
        ("fetching(1); myprocess.env", None),
        ("import.meta", None),
        ("", None),
    ],
)
def test_only_certain_uses_count(source: str, found: str | None) -> None:
    sentence = missing_feature(source)
    assert (sentence.split()[3] if sentence else None) == found


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a /* b */ c // d\n e", ["a", "c", "e"]),
        ("'a' \"b\" `c` d", ["d"]),
        ("`a${b}c${{d: `e${f}`}}g` h", ["b", "d", "f", "h"]),
        ("a / b / c", ["a", "b", "c"]),
        ("a = /b/ + c", ["a", "c"]),
        (r"'\'' + a", ["a"]),
        ("$ + _a1 + é", ["$", "_a1", "é"]),
        ("a; `never closed ${b", ["a", "b"]),
        ("a; 'never closed b", ["a"]),
        ("a; /never closed b", ["a"]),
        ("a; /* never closed b", ["a"]),
    ],
)
def test_words_are_told_from_what_only_looks_like_them(source: str, words: list[str]) -> None:
    assert [token.text for token in tokens(source) if token.kind == IDENTIFIER] == words


@pytest.mark.parametrize("piece", ["/*", "`${", "'", "/", "\\", "(", "fetch(", "`", "/[", "${", "//", "a/"])
def test_reading_a_source_takes_no_longer_than_its_length(piece: str) -> None:
    missing_feature(piece * (16 * 1024 // len(piece)))
