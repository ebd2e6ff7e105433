import time

import pytest

from packages_app.domain.documents import JSON_BYTES, YAML_BYTES, parse_json, parse_yaml
from packages_app.domain.refusals import Unacceptable


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": [1, 2.5, "\\u00e4", true, null], "b": {}}', {"a": [1, 2.5, "ä", True, None], "b": {}}),
        (b'"text"', "text"),
        (b" [] \n", []),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[" * 63 + b"]" * 63, eval("[" * 63 + "]" * 63)),
    ],
)
def test_json_is_read(data: bytes, value: object) -> None:
    assert parse_json(data, "config.json") == value


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b'{"a": 1, "a": 2}', 'config.json has the key "a" twice; keep one.'),
        (b'{"x": [{"a": 1, "b": 2, "a": 3}]}', 'config.json has the key "a" twice; keep one.'),
        (b'{"a": {"b": [0, NaN]}}', 'config.json, key "a.b.1", is not a finite number.'),
        (b'{"a": -Infinity}', 'config.json, key "a", is not a finite number.'),
        (b'{"a": 1e999}', 'config.json, key "a", is not a finite number.'),
        (b"NaN", "config.json is not a finite number."),
        (b"\xef\xbb\xbf{}", "config.json starts with a byte order mark; save it as UTF-8 without BOM."),
        (b"\xff\xfe{\0}\0", "config.json is not UTF-8: see byte 0."),
        (b'{"a": "\xe4"}', "config.json is not UTF-8: see byte 7."),
        (b"{\n,", "config.json is not JSON: Expecting property name enclosed in double quotes in line 2, column 1."),
        (b"", "config.json is not JSON: Expecting value in line 1, column 1."),
        (b"[" * 65 + b"]" * 65, 'config.json, key "0", is nested more than 64 levels deep.'),
        (b'{"b":' + b"[" * 65 + b"]" * 65 + b"}", 'config.json, key "b", is nested more than 64 levels deep.'),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, "config.json is nested more than 64 levels deep."),
        (b"[" * 900_000, "config.json holds more than 300000 lists and objects."),
        (b"1" * 5000, "config.json is a number of more than 100 digits."),
        (b'{"a": [' + b"1" * 5000 + b"]}", 'config.json, key "a.0", is a number of more than 100 digits.'),
        (b'{"a": "\\u0000"}', 'config.json, key "a", holds a NUL character or half a surrogate pair.'),
        (b'{"\\ud800": 1}', 'config.json, key "\\ud800", holds a NUL character or half a surrogate pair.'),
        (b" " * (JSON_BYTES + 1), "config.json is larger than 2048 KiB."),
    ],
)
def test_json_that_is_not_strict_is_refused(data: bytes, detail: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        parse_json(data, "config.json")
    assert (caught.value.code, caught.value.detail) == ("bad_manifest", detail)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"a: 1\nb: [x, 2.5]\nc:\n- y\n", {"a": 1, "b": ["x", 2.5], "c": ["y"]}),
        (
            b"language: no\ndate: 2024-01-01\ntime: 12:30:45\nversion: '1.10'",
            {"language": "no", "date": "2024-01-01", "time": "12:30:45", "version": "1.10"},
        ),
        (
            b"a: true\nb: False\nc: ~\nd:\ne: null\nf: 0x1F\ng: 0o17\nh: 017\ni: 1e3\nj: -4",
            {"a": True, "b": False, "c": None, "d": None, "e": None, "f": 31, "g": 15, "h": 17, "i": 1000.0, "j": -4},
        ),
        (b"1: a\ntrue: b", {"1": "a", "true": "b"}),
        (b"a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        (b"<<: {a: 1}\nb: 2", {"<<": {"a": 1}, "b": 2}),
        (b"", None),
    ],
)
def test_yaml_is_read_as_plain_values(data: bytes, value: object) -> None:
    assert parse_yaml(data, "README.md") == value


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 110)
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: 1\na: 2", 'has the key "a" twice'),
        (BOMB, "holds more than 100000 values"),
        (b"a: &x [*x]", "is nested more than 64 levels deep"),
        (b"a: " + b"1" * 101, 'key "a", is a number of more than 100 digits'),
        (b"a: 0x" + b"f" * 9000, 'key "a", is a number of more than 100 digits'),
        (b"[" * 70, "is nested more than 64 levels deep"),
        (b"- " * 100_000, "is nested more than 64 levels deep"),
        (b"{a: " * 5000, "is nested more than 64 levels deep"),
        (b"- \n" * 170_000, "holds more than 100000 values"),
        (b"a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
        (b"a: !!python/name:os.system", "could not determine a constructor"),
        (b"a: !!binary aGk=", "which JSON doesn't have"),
        (b"a: !!set {x}", "which JSON doesn't have"),
        (b"a: !!timestamp 2024-01-01", "which JSON doesn't have"),
        (b"a: !!int x", "doesn't fit its YAML tag"),
        (b"a: !!bool x", "doesn't fit its YAML tag"),
        (b"[1]: 2", "a key has to be a word"),
        (b"a: .nan", 'key "a", is not a finite number'),
        (b"a: b: c", "is not plain YAML"),
        (b"a: *b", "is not plain YAML"),
        (b"--- 1\n--- 2", "another document"),
        (b"a: \0", "characters that YAML doesn't allow"),
        (b"a: \xff", "is not UTF-8"),
        (b"\xef\xbb\xbfa: 1", "byte order mark"),
        (b" " * (YAML_BYTES + 1), "is larger than 512 KiB"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(data: bytes, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unacceptable) as caught:
        parse_yaml(data, "README.md")
    assert caught.value.code == "bad_manifest"
    assert caught.value.detail.startswith("README.md")
    assert words in caught.value.detail
    assert time.monotonic() - started < 10
