import pytest

from packages_app.domain.patterns import InvalidPattern, check_pattern


@pytest.mark.parametrize(
    "text",
    [
        "bert", "^bert-(base|large)$", "(a+)+$", ".*", "[]{3000]",
        "[^]{3000]", r"a\{3000}", r"[\]{3000]", "[[:alpha:]{3000]",
        "[[.].]{3000]", "a{1,255}", ".{0,255}", r"(\w?){0,100}", "a??b*?c+?d{2}?", "(a{10}){10}{10}",
        "(?:ab?){100}", "a{,3000}", "a{x}", "a{",
        "(?i)bert", "(?=a)b", "(?<!a)b", r"\d{4}",
        "((((", "))))", "[a", "\\", "{3}", "*", r"\\1", r"[\1]", r"\0", "日本{2}", " ",
    ],
)  # fmt: skip
def test_pattern_is_left_to_postgresql(text: str) -> None:
    assert check_pattern(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("a" * 257, "at most 256 characters; this one has 257"),
        ("a\0", "NUL"),
        ("a\ud800", "lone surrogates"),
        ("***=a", r"'\*\*\*'"),
        ("***:a", r"'\*\*\*'"),
        ("(?x)a b", "options"),
        ("(?q)a", "options"),
        ("(?b)a", "options"),
        ("(?ei)a", "options"),
        ("a(?#b)", "Comments"),
        (r"(a)\1", r"Back-references such as '\\1'"),
        (r"(a)\\\1", "Back-references"),
        (r"[a](b)\9", "Back-references"),
        ("a{256}", r"at most 255; '\{256\}'"),
        ("a{1,256}", "at most 255"),
        ("a{" + "9" * 200 + "}", "at most 255"),
        ("((a{1,255}){1,255})", "1,000"),
        ("(a{10}){10}{11}", "1,000"),
        ("(?:a{255,}){10}", "1,000"),
        ("(?=[a]{200}){10}", "1,000"),
        ("(?i)(abcde){201}", "1,000"),
        ("|".join(["a{255}"] * 4), "1,000"),
        (r"([\]]{40}){40}", "1,000"),
        (r"(((\w?){0,9}){0,9}){0,9}", "1,000"),
        (r"(\w?){0,255}", "1,000"),
        (r"((\w*?){14}?){0,14}?", "1,000"),
        ("((((((((a{2}){3}){3}){3}){3}){3}){3}){3})", "1,000"),
    ],
)
def test_pattern_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=reason):
        check_pattern(text)
