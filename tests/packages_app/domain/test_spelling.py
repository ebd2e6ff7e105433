import pytest

from packages_app.domain.spelling import edits, fold, is_renumbered, is_sure_slip


@pytest.mark.parametrize(
    ("word", "other", "count"),
    [
        ("", "", 0), ("a", "", 1), ("ab", "", 2), ("abc", "", 3), ("lodash", "lodash", 0), ("lodash", "lodahs", 1),
        ("lodash", "lodas", 1), ("lodash", "lodassh", 1), ("lodash", "lodesh", 1), ("lodash", "oldahs", 2),
        ("lodash", "ladosh", 2), ("ca", "abc", 3), ("kitten", "sitting", 3), ("tensorflow", "tnesorlfow", 2),
        ("abcdef", "fedcba", 3), ("ab", "ba", 1),
    ],
)  # fmt: skip
def test_edits(word: str, other: str, count: int) -> None:
    assert (edits(word, other), edits(other, word)) == (count, count)


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("bert", "bert"), ("BERT", "bert"), ("r0berta", "roberta"), ("1lama", "llama"), ("Ilama", "llama"),
        ("modern", "modem"), ("vvhisper", "whlsper"), ("whisper", "whlsper"), ("b\u0435rt", "bert"),
        ("\u0440\u0443torch", "pytorch"), ("caf\u00e9", "cafe"), ("\uff42ert", "bert"), ("", ""),
    ],
)  # fmt: skip
def test_fold_gives_what_a_text_looks_like(text: str, look: str) -> None:
    assert fold(text) == look


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("v1", "v2", True), ("mysql", "mysql2", True), ("resnet50", "resnet101", True), ("8x7b", "8x22b", True),
        ("2d", "d", True), ("v1", "v1", False), ("bert", "bart", False), ("rea2ct", "react", False),
        ("l0dash", "lodash", False), ("v8n", "v8s", True), ("v8", "v8s", False),
    ],
)  # fmt: skip
def test_is_renumbered(word: str, other: str, expected: bool) -> None:
    assert is_renumbered(word, other) == expected


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("model", "modle", True), ("node", "nodee", True), ("core", "corre", True), ("core", "cores", False),
        ("core", "cure", False), ("core", "roce", False), ("v1", "v11", False), ("core", "core", False), ("", "", False),
    ],
)  # fmt: skip
def test_is_sure_slip(word: str, other: str, expected: bool) -> None:
    assert (is_sure_slip(word, other), is_sure_slip(other, word)) == (expected, expected)
