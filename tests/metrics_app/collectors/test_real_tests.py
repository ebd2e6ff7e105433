import pytest

from metrics_app.collectors.real_tests import asserts_something, found_tests
from tests.metrics_app.collectors.packages import package

REAL = "def test_a():\n    assert a() == 1\n"


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/test_a.py", True),
        ("test/a.js", True),
        ("test.js", True),
        ("src/a.test.ts", True),
        ("src/a.spec.mjs", True),
        ("__tests__/a.jsx", True),
        ("pkg/a_test.go", True),
        ("src/ATest.java", True),
        ("tests/data/a.py", False),
        ("tests/a.txt", False),
        ("src/a.py", False),
        ("latest.js", False),
        ("contest/a.js", False),
        ("node_modules/a/test/a.js", False),
    ],
)
def test_which_files_are_tests(path: str, is_test: bool) -> None:
    assert found_tests(package({path: REAL})) == (((path,), ()) if is_test else ((), ()))


@pytest.mark.parametrize(
    ("code", "real"),
    [
        (REAL, True),
        ("self.assertEqual(a(), 1)", True),
        ("with pytest.raises(ValueError):\n    a()", True),
        ("it('adds', () => { expect(add(1, 1)).toBe(2) })", True),
        ("assert.equal(a(), 1)", True),
        ("test('a', t => { t.equal(a(), 1) })", True),
        ("a.should.equal(1)", True),
        ("", False),
        ("import pytest", False),
        ("def test_a():\n    pass", False),
        ("def test_a():\n    assert True", False),
        ("def test_a():\n    self.assertTrue(True)", False),
        ("# assert a() == 1", False),
        ("// expect(a()).toBe(1)", False),
        ("const assert = require('assert')", False),
        ("expect(true).toBe(true)", False),
        ("test('a', t => { t.end() })", False),
    ],
)
def test_which_tests_test_something(code: str, real: bool) -> None:
    assert asserts_something(code) is real


def test_hollow_tests_are_told_apart() -> None:
    assert found_tests(package({"tests/test_a.py": "", "tests/test_b.py": REAL})) == (
        ("tests/test_b.py",),
        ("tests/test_a.py",),
    )


@pytest.mark.parametrize("piece", ["\n", " ", "require(", "t.ok(", "expect( ", "assert "])
def test_hostile_test_is_read_in_linear_time(piece: str) -> None:
    assert asserts_something(piece * (65_536 // len(piece))) in {True, False}
