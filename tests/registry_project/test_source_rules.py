"""Rules of our own over the source, where ruff and bandit have none or are too lenient."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("registry_project", "accounts_app", "packages_app", "metrics_app", "lineage_app")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.html"))
#: Names that nothing of ours may call or import, and why.
BANNED = {
    "mark_safe": "what is marked safe isn't escaped; use format_html",
    "SafeString": "as mark_safe",
    "csrf_exempt": "sessions are protected at every endpoint",
    "AllowAny": "use Anyone, and the table of tests/registry_project/endpoints.py",
    "eval": "runs text",
    "exec": "runs text",
    "RawSQL": "use a cursor with parameters",
    "extra": "use a cursor with parameters",
    "pickle": "loading one runs code",
    "marshal": "as pickle",
    "shelve": "as pickle",
}
_UNESCAPED = re.compile(r"\|\s*safe\b|\bautoescape\s+off\b|\|\s*safeseq\b")


#: What stands in spite of a rule, for the reason that stands there.
ALLOWED = {"registry_project/pages.py": "csrf_exempt"}


def broken_rules(source: str) -> list[str]:
    return [f"{node.lineno}: {why}" for node in ast.walk(ast.parse(source)) for why in _broken(node)]  # type: ignore[attr-defined]


def _broken(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module=module, names=names):
            yield from (BANNED[alias.name] for alias in names if alias.name in BANNED and module != "packages_app")
        case ast.Import(names=names):
            yield from (BANNED[alias.name] for alias in names if alias.name in BANNED)
        case ast.Call(func=ast.Name(id=name)) if name in BANNED:
            yield BANNED[name]
        case ast.Call(func=ast.Attribute(attr="extra", value=ast.Call())):
            yield BANNED["extra"]
        case ast.Call(func=ast.Attribute(attr="execute" | "executemany" | "raw"), args=[statement, *_]):
            if _is_put_together(statement):
                yield "SQL put together from text: pass parameters"
        case ast.Call(func=ast.Name(id="format_html"), args=[text, *_]) if not isinstance(text, ast.Constant):
            yield "the first argument of format_html is not escaped: write it out"
        case ast.keyword(arg="shell", value=ast.Constant(value=True)):
            yield "a shell reads what isn't meant for it"
        case _:
            return


def _is_put_together(statement: ast.expr) -> bool:
    match statement:
        case ast.JoinedStr() | ast.Call(func=ast.Attribute(attr="format" | "join")):
            return True
        case ast.BinOp():
            return not _is_written_out(statement)
    return False


def _is_written_out(statement: ast.expr) -> bool:
    """A constant, or a sum of constants and of names in capitals, which are constants by our own convention."""
    if isinstance(statement, ast.BinOp):
        return isinstance(statement.op, ast.Add) and all(map(_is_written_out, (statement.left, statement.right)))
    return isinstance(statement, ast.Constant) or (isinstance(statement, ast.Name) and statement.id.isupper())


@pytest.mark.parametrize(
    ("source", "is_broken"),
    [
        ("from django.utils.safestring import mark_safe", True),
        ("import pickle", True),
        ("eval(text)", True),
        ("cursor.execute(f'SELECT {column}')", True),
        ("cursor.execute('SELECT %s' % column)", True),
        ("cursor.execute('SELECT {}'.format(column))", True),
        ("cursor.execute('SELECT ' + column)", True),
        ("Package.objects.raw(f'SELECT {x}')", True),
        ("rows.filter().extra(where=[x])", True),
        ("format_html(text)", True),
        ("subprocess.run(x, shell=True)", True),
        ("cursor.execute('SELECT %s', [column])", False),
        ("cursor.execute(_STATEMENT + _ORDER, [column])", False),
        ("format_html('<b>{}</b>', text)", False),
        ("regex.evaluate(text)", False),
    ],
)
def test_rules_say_what_they_mean(source: str, is_broken: bool) -> None:
    assert bool(broken_rules(source)) == is_broken


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_keeps_the_rules(path: Path) -> None:
    allowed = ALLOWED.get(str(path.relative_to(ROOT)))
    found = broken_rules(path.read_text(encoding="utf-8"))
    assert [broken for broken in found if allowed is None or BANNED[allowed] not in broken] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_escape_everything(path: Path) -> None:
    assert _UNESCAPED.findall(path.read_text(encoding="utf-8")) == []
