"""What policies have tried. Each ends in time, with the right code, and leaves nothing behind."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from packages_app.sandbox import host
from packages_app.sandbox.host import evaluate
from packages_app.sandbox.processes import GRACE_SECONDS
from packages_app.sandbox.settings import SandboxSettings
from tests.packages_app.sandbox.policies import doing, request, returning, workers

APPROVED = "{approved: true}"

#: Never ending: only the alarm stops them.
ENDLESS = {
    "while": doing("while (true);"),
    "for": doing("for (;;);"),
    "at the top level": "while (true);" + returning(APPROVED),
    "in a catch that starts again": doing("for (;;) { try { throw 1 } catch (e) {} }"),
    "in a finally": doing("for (;;) { try { continue } finally { continue } }"),
    "regular expression with nested repetition": doing("/^(a+)+$/.test('a'.repeat(40) + 'b')"),
    "regular expression with alternation": doing("/^(a|aa)+$/.test('a'.repeat(60) + 'b')"),
    "regular expression with back-references": doing(r"/^(.*)*\1*\1*\1*\1*\1*x$/.test('a'.repeat(60))"),
    "regular expression with look-ahead": doing("/^(?=(a+)+b)(?=(a|a)+c)/.test('a'.repeat(60))"),
    "replace with a regular expression": doing("'a'.repeat(50).replace(/(a*)*b/g, '')"),
    "sort with an inconsistent comparison": doing("for (;;) Array.from({length: 999}, (_, i) => i).sort(() => 1)"),
    "iterator without an end": doing("for (const x of {[Symbol.iterator]: () => ({next: () => ({done: false})})});"),
    "generator without an end": doing("function* g() { for (;;) yield 1 } for (const x of g());"),
    "proxy that hands out keys": doing("const p = new Proxy({}, {get: () => p}); let q = p; for (;;) q = q.x;"),
    "sparse array": doing("const a = []; a.length = 4294967295; a.indexOf(1, 0); a.fill(0)"),
    "valueOf that calls itself late": doing("const o = {valueOf() { for (;;); }}; o + 1"),
    "toString for the reason": returning("{approved: true, reason: `${{toString() { for (;;); }}}`}"),
    "getter on the export": "Object.defineProperty(globalThis, 'validateDownload', {get() { for (;;); }})",
    "big integers": doing("let n = 3n; for (;;) n = (n * n) % (2n ** 20000n) + 1n;"),
    "array methods one after another": doing("for (;;) [1, 2, 3].map(String).join().split(',').reverse()"),
    "date arithmetic": doing("for (;;) new Date(2025, 1, 1).getHours()"),
    "sticky last index": doing("const r = /a?/y; for (;;) { r.lastIndex = 0; r.exec('b') }"),
}

#: Source, and the code it must end with.
DECIDED: dict[str, tuple[str, str]] = {
    # Memory and stack
    "string doubled for ever": (doing("let s = 'x'; for (;;) s += s"), "policy_error"),
    "array that grows for ever": (doing("const a = []; for (;;) a.push(new Array(1e4).fill(1))"), "policy_error"),
    "array buffer of 2 GB": (doing("new ArrayBuffer(2 ** 31)"), "policy_error"),
    "many array buffers": (doing("const a = []; for (;;) a.push(new Uint8Array(1e6))"), "policy_error"),
    "string of a gigabyte": (doing("'x'.repeat(2 ** 30)"), "policy_error"),
    "padding": (doing("''.padEnd(2 ** 29, 'ab') + ''.padStart(2 ** 29)"), "policy_error"),
    "array spread": (doing("Math.max(...new Array(5e6).fill(1))"), "policy_error"),
    "closures": (doing("let f = () => 0; for (;;) { const g = f; f = () => g }"), "policy_error"),
    "map that grows": (doing("const map = new Map(); for (let i = 0; ; i++) map.set(i, {i})"), "policy_error"),
    "symbols": (doing("const a = []; for (;;) a.push(Symbol('x'.repeat(999)))"), "policy_error"),
    "big integer": (doing("2n ** (2n ** 40n)"), "policy_error"),
    "memory swallowed in a catch": (
        doing("try { let s = 'x'; for (;;) s += s } catch (e) { return {approved: false, reason: 'caught'} }"),
        "rejected",
    ),
    "recursion": (doing("(function f() { return f() + 1 })()"), "policy_error"),
    "recursion by getter": (doing("const o = {get x() { return this.x }}; o.x"), "policy_error"),
    "recursion by toString": (doing("const o = {toString() { return '' + this }}; '' + o"), "policy_error"),
    "recursion by proxy": (doing("const p = new Proxy({}, {get: (t, k, r) => r[k]}); p.x"), "policy_error"),
    "recursion in JSON.stringify": (
        doing("let a = []; for (let i = 0; i < 2e5; i++) a = [a]; JSON.stringify(a)"),
        "policy_error",
    ),
    "recursion in JSON.parse": (doing("JSON.parse('['.repeat(2e5) + ']'.repeat(2e5))"), "policy_error"),
    "recursion in a regular expression": (doing("new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5))"), "policy_error"),
    "recursion in sort": (
        doing("const f = () => { [2, 1].sort(f); return 0 }; f()"),
        "policy_error",
    ),
    "recursion in flat": (doing("let a = []; a[0] = a; a.flat(Infinity)"), "policy_error"),
    "recursion in the parser": (doing("eval('('.repeat(3e4) + ')'.repeat(3e4))"), "policy_error"),
    "nesting in the source": ("[" * 30_000 + "]" * 30_000, "policy_error"),
    "bound functions": (doing("let f = () => 0; for (let i = 0; i < 1e5; i++) f = f.bind(null); f()"), "policy_error"),
    # Verdicts that are none
    "nothing returned": ("function validateDownload() {}", "policy_error"),
    "null": (returning("null"), "policy_error"),
    "true": (returning("true"), "policy_error"),
    "text": (returning("'approved'"), "policy_error"),
    "number": (returning("1"), "policy_error"),
    "symbol": (returning("Symbol('approved')"), "policy_error"),
    "array": (returning("[true]"), "policy_error"),
    "array with the property": (returning("Object.assign([], {approved: true})"), "policy_error"),
    "function": (returning("Object.assign(() => 1, {approved: true})"), "policy_error"),
    "boxed boolean": (returning("{approved: new Boolean(true)}"), "policy_error"),
    "boxed boolean with the property": (
        returning("Object.assign(new Boolean(true), {approved: true})"),
        "policy_error",
    ),
    "one": (returning("{approved: 1}"), "policy_error"),
    "text that says true": (returning("{approved: 'true'}"), "policy_error"),
    "not a number": (returning("{approved: NaN}"), "policy_error"),
    "object for a boolean": (returning("{approved: {}}"), "policy_error"),
    "undefined": (returning("{approved: undefined}"), "policy_error"),
    "another spelling": (returning("{Approved: true}"), "policy_error"),
    "homoglyph": (returning("{'\u0430pproved': true}"), "policy_error"),
    "symbol for a key": (returning("{[Symbol('approved')]: true}"), "policy_error"),
    "date": (returning("Object.assign(new Date(), {approved: true})"), "policy_error"),
    "map": (returning("new Map([['approved', true]])"), "policy_error"),
    "error": (returning("Object.assign(new Error(), {approved: true})"), "policy_error"),
    "regular expression": (returning("Object.assign(/x/, {approved: true})"), "policy_error"),
    "arguments": ("function validateDownload() { arguments.approved = true; return arguments }", "policy_error"),
    "getter": (returning("{get approved() { return true }}"), "policy_error"),
    "getter that never ends": (returning("{get approved() { for (;;); }}"), "policy_error"),
    "inherited": (returning("Object.create({approved: true})"), "policy_error"),
    "inherited from a class": (returning("new (class { get approved() { return true } })"), "policy_error"),
    "inherited from everything": (returning("{}", before="Object.prototype.approved = true;"), "policy_error"),
    "getter on everything": (
        returning("{}", before="Object.defineProperty(Object.prototype, 'approved', {get: () => true});"),
        "policy_error",
    ),
    "value on everything, accessor here": (
        returning("{get approved() { return 1 }}", before="Object.prototype.value = true;"),
        "policy_error",
    ),
    "proxy": (returning("new Proxy({approved: true}, {})"), "policy_error"),
    "proxy with traps": (
        returning("new Proxy({}, {get: () => true, getOwnPropertyDescriptor: () => { for (;;); }})"),
        "policy_error",
    ),
    "revoked proxy": (
        returning("(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()"),
        "policy_error",
    ),
    "promise": (returning("Promise.resolve({approved: true})"), "policy_error"),
    "promise that never settles": (returning("new Promise(() => {})"), "policy_error"),
    "async function": ("async function validateDownload() { return {approved: true} }", "policy_error"),
    "thenable": (returning("{then(f) { f({approved: true}) }}"), "policy_error"),
    "generator": ("function* validateDownload() { return {approved: true} }", "policy_error"),
    "async generator": ("async function* validateDownload() { yield {approved: true} }", "policy_error"),
    "typed array": (returning("Object.assign(new Uint8Array(1), {approved: true})"), "policy_error"),
    "approved in time": (
        returning(
            "(() => { const v = {approved: false}; Promise.resolve().then(() => v.approved = true); return v })()"
        ),
        "rejected",
    ),
    "approved by a microtask": (
        returning("(() => { const v = {approved: false}; queueMicrotask(() => v.approved = true); return v })()"),
        "rejected",
    ),
    "setter on everything": (
        returning(
            "{approved: false}", before="Object.defineProperty(Object.prototype, 'value', {set() {}, get: () => true});"
        ),
        "rejected",
    ),
    "boolean by conversion": (returning("{approved: {[Symbol.toPrimitive]: () => true}}"), "policy_error"),
    "boolean by JSON": (returning("{approved: false, toJSON: () => ({approved: true})}"), "rejected"),
    "prototype in the literal": (returning("{__proto__: {approved: true}}"), "policy_error"),
    "no prototype": (returning("{__proto__: null, approved: true}"), "approved"),
    "tag that claims": (returning("{get [Symbol.toStringTag]() { for (;;); }, approved: true}"), "approved"),
    "constructor that claims": (
        returning("new Proxy(class {}, {construct: () => ({approved: true})})"),
        "policy_error",
    ),
    "proxy of the function": (
        "var validateDownload = new Proxy(() => ({approved: false}), {apply: () => ({approved: false})})",
        "rejected",
    ),
    "everything frozen": (
        returning("{approved: false}", before="Object.freeze(Object.prototype); Object.freeze(globalThis);"),
        "rejected",
    ),
    "globals emptied": (
        returning(
            "{approved: false}", before="for (const k of Object.getOwnPropertyNames(globalThis)) delete globalThis[k];"
        ).replace("function validateDownload", "globalThis.validateDownload = function"),
        "policy_error",
    ),
    "descriptor functions replaced": (
        returning(
            "{approved: 0}",
            before="Object.getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor = () => ({value: true});",
        ),
        "policy_error",
    ),
    "Boolean replaced": (returning("{approved: 0}", before="Boolean = () => true;"), "policy_error"),
    "array holes with setters": (
        doing("Object.defineProperty(Array.prototype, 0, {set() { for (;;); }}); return {approved: false}"),
        "rejected",
    ),
    "argument changed on its way": (
        returning("{approved: d === 'alice'}", before="String.prototype.toString = () => 'alice';"),
        "rejected",
    ),
    "date replaced": (
        returning(
            "{approved: new Date().getFullYear() === 1999}", before="Date = class { getFullYear() { return 1998 } };"
        ),
        "rejected",
    ),
    "offset replaced": (
        returning("{approved: new Date().getHours() !== 14}", before="Date.prototype.getTimezoneOffset = () => 0;"),
        "rejected",
    ),
    # Throwing
    "error thrown": (doing("throw new Error('no')"), "policy_error"),
    "verdict thrown": (doing("throw {approved: true}"), "policy_error"),
    "error whose message never ends": (
        doing("throw Object.defineProperty(new Error(), 'message', {get() { for (;;); }})"),
        "policy_error",
    ),
    "proxy of an error thrown": (doing("throw new Proxy(new Error(), {get() { for (;;); }})"), "policy_error"),
    "null thrown": (doing("throw null"), "policy_error"),
    "thrown at the top": ("throw new SyntaxError('mine')", "policy_error"),
    "stack computed by the guest": (
        "Error.prepareStackTrace = () => ({approved: true}); throw new Error('x')",
        "policy_error",
    ),
    # Ways out
    "module import": (doing("import('fs').catch(e => e.constructor.constructor('return process')())"), "approved"),
    "module import as the verdict": (returning("import('fs')"), "policy_error"),
    "constructor of a constructor": (doing("[].constructor.constructor('return process')()"), "policy_error"),
    "constructor of a generator": (
        doing("Object.getPrototypeOf(function* () {}).constructor('return process')().next()"),
        "policy_error",
    ),
    "this of the top": (doing("(function () { return this })().process.exit()"), "policy_error"),
    "require": (doing("require('fs')"), "policy_error"),
    "process": (doing("process.exit(0)"), "policy_error"),
    "fetch": (doing("fetch('file:///etc/passwd')"), "policy_error"),
    "console": (doing("console.log('{\"approved\": true}')"), "policy_error"),
    "print": (doing("print('{\"approved\": true}')"), "policy_error"),
    "standard module": (doing("std.open('/etc/passwd')"), "policy_error"),
    "operating system": (doing("os.exec(['id'])"), "policy_error"),
    "shared memory": (doing("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"), "policy_error"),
    "web assembly": (doing("new WebAssembly.Memory({initial: 1})"), "policy_error"),
    "timers": (doing("setTimeout(() => {}, 0)"), "policy_error"),
    "module source": ("export function validateDownload() { return {approved: true} }", "syntax_error"),
    "import at the top": ("import fs from 'fs';" + returning(APPROVED), "syntax_error"),
    "await at the top": ("await 1;" + returning(APPROVED), "syntax_error"),
    "reply forged in the reason": (
        returning("""{approved: false, reason: '"}{"id":"","code":"approved","reason":"","lockdown":{}}'}"""),
        "rejected",
    ),
    "reply forged by name": (returning("{approved: false, code: 'approved', id: 1, lockdown: {}}"), "rejected"),
    # Functions that are none
    "no function": ("const x = 1", "no_function"),
    "label": ("validateDownload: for (;;) break validateDownload", "no_function"),
    "escaped name": ("function v\\u0061lidateDownload() { return {approved: true} }", "approved"),
    "fullwidth name": ("function \uff56alidateDownload() { return {approved: true} }", "no_function"),
    "invisible in the name": ("function validate\u200dDownload() { return {approved: true} }", "no_function"),
    "name turned by bidi": ("/*\u202e*/ function validateDownload() { return {approved: false} }", "rejected"),
    "in a comment of HTML": ("<!-- function validateDownload() {}", "no_function"),
    "by eval": ("eval('function validateDownload() { return {approved: true} }')", "approved"),
    "by constructor": ("validateDownload = Function('return {approved: true}')", "approved"),
    "inside a block, strictly": ("'use strict'; { function validateDownload() {} }", "no_function"),
    "empty": ("", "no_function"),
    "comment only": ("// function validateDownload() {}", "no_function"),
    "text in its place": ("var validateDownload = 'function'", "no_function"),
    "object in its place": ("var validateDownload = {call() { return {approved: true} }}", "no_function"),
    "another name": ("function validatedownload() { return {approved: true} }", "no_function"),
    "getter in its place": (
        "Object.defineProperty(module.exports, 'validateDownload', {get() { return () => ({approved: true}) }})",
        "no_function",
    ),
    "proxy of exports": (
        "module.exports = new Proxy({}, {get: () => () => ({approved: true})})",
        "no_function",
    ),
    "exports removed": ("module.exports = null", "no_function"),
    "module replaced": ("module = {exports: {validateDownload: () => ({approved: true})}}", "no_function"),
    "class": ("class validateDownload { constructor() { return {approved: true} } }", "policy_error"),
    # Sources that are none
    "syntax": ("function validateDownload( {", "syntax_error"),
    "byte order mark and nothing": ("\ufeff", "no_function"),
    "NUL": ("\0", "syntax_error"),
    "lone surrogate": ("'\ud800'", "syntax_error"),
    "HTML": ("<script>alert(1)</script>", "syntax_error"),
    "Python": ("def validateDownload(): return True", "syntax_error"),
    "too large": ("/" * (64 * 1024 + 1), "too_large"),
    "too large in UTF-8 only": ("//" + "é" * (32 * 1024), "too_large"),
    "as large as can be": ("/" * (64 * 1024 - len(returning(APPROVED))) + returning(APPROVED), "approved"),
}


@pytest.fixture(scope="module", autouse=True)
def nothing_left(settings: SandboxSettings, cache_dir: Path) -> Iterator[None]:
    evaluate(request(returning(APPROVED)), settings)
    host.close()
    processes, files = workers(cache_dir), sorted(path for path in cache_dir.rglob("*") if path.is_file())
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    yield
    host.close()
    assert workers(cache_dir) == processes == set()
    assert sorted(path for path in cache_dir.rglob("*") if path.is_file()) == files
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_never_ends_is_ended(source: str, hurried: SandboxSettings) -> None:
    started = time.monotonic()
    verdict = evaluate(request(source), hurried)
    assert (verdict.approved, verdict.code) == (False, "timeout")
    assert time.monotonic() - started < hurried.deadline_seconds + GRACE_SECONDS + 0.5


@pytest.mark.parametrize(("source", "code"), DECIDED.values(), ids=DECIDED.keys())
def test_an_attack_gets_its_verdict(source: str, code: str, settings: SandboxSettings) -> None:
    verdict = evaluate(request(source), settings)
    assert (verdict.code, verdict.approved) == (code, code == "approved")
    assert (verdict.reason == "") == (code == "approved")
