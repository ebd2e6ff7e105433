"""Which files of a package are tests, and which of them test anything."""

import re
from collections.abc import Iterable

from metrics_app.collectors.files import Files

TEST_PATH = re.compile(
    r"(^|/)(tests?|__tests__|specs?|testing)/(?!.*(fixtures?|data|__snapshots__|resources|assets)/).+\.\w+$"
    r"|(^|/)(test_[^/]*|[^/]*_test|tests?)\.(py|go|rs|rb|c|cc|cpp|lua|jl|r)$|(^|/)[^/]*[.-](test|spec)\.[cm]?[jt]sx?$"
    r"|(^|/)tests?\.[cm]?[jt]sx?$|(^|/)[^/]*(Test|Tests|Spec)\.(java|kt|scala|cs|swift|php)$",
)
CODE = re.compile(r"\.(py|[cm]?[jt]sx?|go|rs|rb|java|kt|scala|cs|swift|php|c|cc|cpp|lua|jl|r|coffee)$", re.IGNORECASE)
IGNORED = re.compile(r"(^|/)(node_modules|vendor|third_party|site-packages)/")
ASSERTION = re.compile(
    r"\bassert\w*\b|\bexpect\s*\(|\bshould\b|\.(equal|equals|is|same|deepEqual|ok|notOk|throws|true|false|truthy)\s*\(|\bt\.\w+\s*\("
    r"|\bpytest\.(raises|warns)|\bXCTAssert|\bEXPECT_|\bREQUIRE\b|\b(verify|check)\s*\(",
    re.IGNORECASE,
)
#: Assertions that hold whatever the code does.
TRIVIAL = re.compile(
    r"assert\s+(True|1)\b(?!\s*[=<>])|assert\.?(ok|isTrue|true)?\s*\(\s*true\s*\)|assertTrue\(\s*True\s*\)"
    r"|expect\s*\(\s*(true|1)\s*\)\s*\.\s*to[\w.]*\s*\(?\s*(true|1)?\s*\)?|\bt\.(pass|ok|true|end|plan)\s*\([^)]{0,200}\)"
    r"|\b(const|let|var)\s+[\w{}, ]{1,80}=\s*require\s*\([^)]{0,200}\)|^[ \t]*(#|//|\*|import\b|from\b).*$",
    re.IGNORECASE | re.MULTILINE,
)
LOOKED_AT, BYTES = 100, 64 * 1024


def found_tests(files: Files) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths of files with real tests, and of those that only look like tests; the first hundred candidates are read."""
    real: list[str] = []
    hollow: list[str] = []
    for path in candidates(files.sizes)[:LOOKED_AT]:
        (real if asserts_something(files.text(path, BYTES)) else hollow).append(path)
    return tuple(real), tuple(hollow)


def candidates(paths: Iterable[str]) -> list[str]:
    """Those of `paths` that look like tests, sorted."""
    return sorted(path for path in paths if TEST_PATH.search(path) and CODE.search(path) and not IGNORED.search(path))


def asserts_something(code: str) -> bool:
    """Whether `code` asserts anything that could fail."""
    return bool(ASSERTION.search(TRIVIAL.sub("", code)))
