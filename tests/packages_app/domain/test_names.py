import pytest

from packages_app.domain.names import InvalidName, InvalidVersion, Name, check_name, check_version, parse_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bert-base-uncased", Name("bert-base-uncased")),
        ("google-bert/bert-base-uncased", Name("bert-base-uncased", "google-bert")),
        ("@types/node", Name("node", "types", is_scoped=True)),
        ("Llama-3.1-8B_it", Name("Llama-3.1-8B_it")),
        ("7", Name("7")),
        ("a" * 214, Name("a" * 214)),
        ("a" * 40 + "/" + "b" * 214, Name("b" * 214, "a" * 40)),
    ],
)
def test_name_is_read_in_its_parts(text: str, name: Name) -> None:
    assert parse_name(text) == name
    assert check_name(text) == str(name) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The name is empty"),
        (" bert", "a space at position 1"),
        ("bert ", "a space at position 5"),
        ("bert\n", r"control character \(U\+000A\) at position 5"),
        ("be\0rt", r"control character \(U\+0000\) at position 3"),
        ("b\u0435rt", r"CYRILLIC SMALL LETTER IE \(U\+0435\) at position 2"),
        ("be\u202ert", r"RIGHT-TO-LEFT OVERRIDE \(U\+202E\) at position 3"),
        ("be\ud800", r"character \(U\+D800\) at position 3"),
        ("a%2fb", "'%' at position 2"),
        ("a\\b", r"'\\\\' at position 2"),
        ("a/b/c", "'a/b/c' is not formed like that"),
        ("@types", "'@types' is not formed like that"),
        ("@a/b/c", "not formed like that"),
        ("@@a/b", "not formed like that"),
        ("a@b", "not formed like that"),
        ("a/@b", "not formed like that"),
        ("/a", "part before or after the '/' is empty"),
        ("a/", "part before or after the '/' is empty"),
        ("@/a", "part before or after the '/' is empty"),
        (".a", "'.a' starts with '.'"),
        ("_a", "'_a' starts with '_'"),
        ("-a/b", "'-a' starts with '-'"),
        ("..", "'..' starts with '.'"),
        ("a/../b", "not formed like that"),
        ("a/..", "starts with '.'"),
        ("a..b", "no two dots in a row"),
        ("a" * 215, "at most 214 characters; one here has 215"),
        ("a/" + "b" * 254, "at most 255 characters; this one has 256"),
        ("staging", "'staging' is kept for the registry's own use"),
        ("Staging/model", "'Staging' is kept"),
    ],
)
def test_name_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(InvalidName, match=reason) as refusal:
        check_name(text)
    assert str(refusal.value).isprintable()
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    "text", ["1.0.0", "v2", "main", "0" * 40, "f" * 64, "1.2.3-rc.1+build.5", "2024_01-15", "1.2.3-"]
)
def test_versions_tags_and_hashes_are_versions(text: str) -> None:
    assert check_version(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The version is empty"),
        (" 1", "a space at position 1"),
        ("1.0\n", r"control character \(U\+000A\)"),
        ("1/2", "'/' at position 2"),
        ("^1.0.0", r"'\^' at position 1"),
        ("1.\u0660", "ARABIC-INDIC DIGIT ZERO"),
        (".1", "starts with '.'"),
        ("-1", "starts with '-'"),
        ("1..2", "no two dots in a row"),
        ("..", "starts with '.'"),
        ("1" * 65, "at most 64 characters; this one has 65"),
    ],
)
def test_version_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(InvalidVersion, match=reason) as refusal:
        check_version(text)
    assert str(refusal.value).isprintable()
