import pytest

from packages_app.domain.member_paths import clash_key, safe_path
from packages_app.domain.refusals import Unacceptable

GOOD = [
    "README.md",
    "model/config.json",
    "model/",
    "a b/c (1).txt",
    ".gitattributes",
    "a/.hidden/b",
    "..a/b..c/...d",
    "größe/模型/модель.bin",
    "re\u0301sume\u0301",
    "👩\u200d💻.md",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt",
    "console/auxiliary/nulls.txt",
    "com10.txt",
    "file~1",
    "a" * 255,
    "/".join(["deep"] * 200),
]


@pytest.mark.parametrize("path", GOOD)
def test_plain_names_are_kept_as_they_are(path: str) -> None:
    assert safe_path(path.encode(), longest=1024) == path


BAD = [
    *("/etc/passwd", "//server/share", "../a", "a/../b", "a/..", "..", ".", "./a", "a/./b", "a//b", "/", "//"),
    *("a\\b", "..\\a", "C:\\a", "C:/a", "c:a", "a/c:b", "a.txt:stream", "a::$DATA"),
    *("a\0b", "a\nb", "a\tb", "a\rb", "\x1b[31m", "a\x7f", "a\x85b", "a\u2028b"),
    *("a\u202egnp.exe", "\u2066a", "a\u200eb", "a\u061cb", "\ufeffa", "a\u200bb", "a\u00adb", "a\U000e0041b"),
    *(
        "CON",
        "con.txt",
        "a/NUL",
        "nul.tar.gz",
        "Aux/x",
        "COM1",
        "lpt9.log",
        "COM¹",
        "CONOUT$",
        "con .txt",
        "\uff23\uff2f\uff2e",
    ),
    *("a.", "a ", "a./b", "a /b", "..."),
    *("\uff0e\uff0e/a", "a\uff0f..\uff0fb", "a\uff3cb", "\u2025/a", "a/\uff0e"),
    *("a" * 256, "ä" * 128, "a/" * 600),
]


@pytest.mark.parametrize("path", BAD)
def test_names_that_mean_another_file_somewhere_are_refused(path: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        safe_path(path.encode(), longest=1024)
    assert caught.value.code == "bad_path"
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize("raw", [b"", b"\xff", b"caf\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_names_that_are_not_utf_8_are_refused(raw: bytes) -> None:
    with pytest.raises(Unacceptable) as caught:
        safe_path(raw, longest=1024)
    assert caught.value.code == "bad_path"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a", b"a"),
        ("A/B", b"a\0b"),
        ("Ä", "ä".encode()),
        ("a\u0308", "ä".encode()),
        ("ﬀ", b"ff"),
        ("ẞ", b"ss"),
        ("ǆ", "dž".encode()),
    ],
)
def test_clash_keys_ignore_case_and_spelling(path: str, key: bytes) -> None:
    assert clash_key(path) == key
