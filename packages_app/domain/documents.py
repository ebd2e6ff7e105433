"""JSON and YAML read strictly: one meaning for every reader, bounded, and with nothing a database can't hold.

Both give plain values: dict (string keys), list, str, int, float, bool, None. YAML is read with the scalars of YAML 1.2
(`no` is a word, a date is a string), without tags that build objects and without merge keys.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from packages_app.domain.refusals import Unacceptable, shown

JSON_BYTES = 2 * 1024 * 1024
YAML_BYTES = 512 * 1024
DEPTH = 64
NODES = 1_000_000
CONTAINERS = 300_000
YAML_NODES = 100_000
_INTEGER_DIGITS = 100
_BOM = b"\xef\xbb\xbf"


def parse_json(data: bytes, path: str, *, most: int = JSON_BYTES) -> object:
    """The value of the JSON document `data`, at most `most` bytes (2 MiB) and 64 levels deep.

    Raises Unacceptable (`bad_manifest`) that names the file `path` and, where one is to blame, the key: for a BOM,
    another encoding than UTF-8, duplicate keys, NaN and infinities, NUL characters and lone surrogates.
    """
    text = _text(data, path, most)
    if data.count(b"[") + data.count(b"{") > CONTAINERS:  # before they take sixty bytes each
        raise bad_manifest(path, f"holds more than {CONTAINERS} lists and objects")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            raise _twice([key for key, _ in pairs], path)
        return mapping

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise bad_manifest(path, f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _too_deep(path) from None
    _check(value, path, NODES)
    return value


def parse_yaml(data: bytes, path: str) -> object:
    """The value of the YAML document `data`, at most 512 KiB, 64 levels and 100,000 values, aliases counted in full.

    Raises Unacceptable (`bad_manifest`) as parse_json does.
    """
    text = _text(data, path, YAML_BYTES)
    try:
        _check_events(text, path)
        value = yaml.load(text, Loader=_Strict)  # noqa: S506  # nosec B506 # _Strict is a safe loader
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise bad_manifest(path, f"is not plain YAML: {error.problem or error.context}{line}") from None
    except yaml.YAMLError:
        raise bad_manifest(path, "is not YAML: it holds characters that YAML doesn't allow") from None
    except RecursionError:
        raise _too_deep(path) from None
    except _DuplicateKeyError as error:
        raise bad_manifest(path, f"has the key {shown(str(error))} twice; keep one") from None
    except Unacceptable:
        raise
    except (ValueError, TypeError, OverflowError, LookupError, AttributeError):
        raise bad_manifest(path, "holds a value that doesn't fit its YAML tag") from None
    _check(value, path, YAML_NODES)
    return value


def bad_manifest(path: str, why: str, *, key: str | None = None) -> Unacceptable:
    return Unacceptable(f"{path}{f', key {shown(key)},' if key is not None else ''} {why}.", "bad_manifest")


def _text(data: bytes, path: str, most: int) -> str:
    if len(data) > most:
        raise bad_manifest(path, f"is larger than {most // 1024} KiB")
    if data.startswith(_BOM):
        raise bad_manifest(path, "starts with a byte order mark; save it as UTF-8 without BOM")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_manifest(path, f"is not UTF-8: see byte {error.start}") from None


class _LongNumber:
    """Stands for an integer of too many digits until its key is known."""


def _integer(digits: str, base: int = 10) -> int | _LongNumber:
    return int(digits, base) if len(digits) <= _INTEGER_DIGITS else _LongNumber()


def _twice(keys: list[str], path: str) -> Unacceptable:
    seen: set[str] = set()
    key = next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return bad_manifest(path, f"has the key {shown(key)} twice; keep one")


def _too_deep(path: str, key: str | None = None) -> Unacceptable:
    return bad_manifest(path, f"is nested more than {DEPTH} levels deep", key=key)


def _check(value: object, path: str, most: int) -> None:
    """Walks `value` as a reader would, shared parts as often as they are named, with memory for one way down only."""
    trail: list[object] = []
    levels = [_children(value)]
    _check_scalar(value, path, trail)
    seen = 0
    while levels:
        for key, child in levels[-1]:
            seen += 1
            if seen > most:
                raise bad_manifest(path, f"holds more than {most} values")
            trail.append(key)
            _check_scalar(key, path, trail)
            _check_scalar(child, path, trail)
            if isinstance(child, dict | list):
                levels.append(_children(child))
                break
            trail.pop()
        else:
            levels.pop()
            if trail:
                trail.pop()
        if len(levels) > DEPTH:
            raise _too_deep(path, str(trail[0]))


def _children(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, dict):
        return iter(value.items())
    return enumerate(value) if isinstance(value, list) else iter(())


def _check_scalar(value: object, path: str, trail: list[object]) -> None:
    key = ".".join(map(str, trail[-8:])) if trail else None
    if isinstance(value, float) and not math.isfinite(value):
        raise bad_manifest(path, "is not a finite number", key=key)
    if isinstance(value, str) and ("\0" in value or not _is_encodable(value)):
        raise bad_manifest(path, "holds a NUL character or half a surrogate pair", key=key)
    if isinstance(value, _LongNumber):
        raise bad_manifest(path, f"is a number of more than {_INTEGER_DIGITS} digits", key=key)
    if not isinstance(value, dict | list | str | int | float | None):
        raise bad_manifest(path, f"is a {type(value).__name__}, which JSON doesn't have", key=key)


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _DuplicateKeyError(Exception):
    """A mapping names a key twice; the argument is the key."""


_Base: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml where PyYAML was built with it: twenty times faster


class _Strict(_Base):  # type: ignore[misc]  # its base is chosen when the module is loaded
    """SafeLoader with the scalars of YAML 1.2's core schema, unique string keys and no merge keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge keys stay ordinary keys: nested ones multiply."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[str, object]:  # noqa: FBT001, FBT002
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key has to be a word", key_node.start_mark)
            if key_node.value in mapping:
                raise _DuplicateKeyError(key_node.value)
            mapping[key_node.value] = self.construct_object(value_node, deep=deep)
        return mapping

    def construct_integer(self, node: yaml.ScalarNode) -> int | _LongNumber:
        text = str(node.value)
        return _integer(text, 0 if text[:2] in {"0o", "0x"} else 10)

    def construct_decimal(self, node: yaml.ScalarNode) -> float:
        text = str(node.value).lower()
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_CORE = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
)
for _tag, _pattern, _first in _CORE:
    _Strict.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Strict.add_constructor("tag:yaml.org,2002:int", _Strict.construct_integer)
_Strict.add_constructor("tag:yaml.org,2002:float", _Strict.construct_decimal)


def _check_events(text: str, path: str) -> None:
    """Refuses what is too deep or too much before nodes are built from it, which is done by recursion."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Strict)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH:
            raise _too_deep(path)
        if count > 2 * YAML_NODES:
            raise bad_manifest(path, f"holds more than {YAML_NODES} values")
