"""Frozen dataclasses to JSON and back, so that stored evidence replays to the same score."""

import dataclasses
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
T = TypeVar("T")


def encoded(value: object) -> JSON:
    """`value` as JSON: dataclasses become objects, tuples lists. Raises TypeError for what evidence may not hold."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value):
        return {field.name: encoded(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encoded(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encoded(item) for item in value]
    raise TypeError(f"{type(value).__name__} can't be kept as evidence.")


def decoded(kind: type[T], data: object) -> T:
    """What `encoded` made of a `kind`; keys that it does not know are skipped. Raises ValueError for anything else."""
    value: T = _decoded(kind, data)
    return value


def _decoded(kind: Any, data: object) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), data)
    if origin is Literal and data in get_args(kind):
        return data
    if origin is tuple and isinstance(data, list | tuple):
        return _row(get_args(kind), data)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(data, Mapping):
        return {key: _decoded(get_args(kind)[1], item) for key, item in data.items()}
    if (
        isinstance(kind, type)
        and dataclasses.is_dataclass(kind)
        and isinstance(data, Mapping)
        and _required(kind) <= data.keys()
    ):
        hints = get_type_hints(kind)
        return kind(**{name: _decoded(hint, data[name]) for name, hint in hints.items() if name in data})
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if kind in (NoneType, bool, int, float, str) and type(data) is kind:
        return data
    raise ValueError(f"The stored evidence holds {str(data)[:80]!r} where {kind} belongs.")


def _row(kinds: tuple[Any, ...], data: Sequence[object]) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decoded(kinds[0], item) for item in data)
    return tuple(_decoded(kind, item) for kind, item in zip(kinds, data, strict=True))


def _one_of(kinds: tuple[Any, ...], data: object) -> Any:
    for kind in kinds:
        try:
            return _decoded(kind, data)
        except ValueError:
            continue
    raise ValueError(f"The stored evidence holds {str(data)[:80]!r} where one of {kinds} belongs.")


def _required(kind: Any) -> set[str]:
    missing = dataclasses.MISSING
    return {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is missing and field.default_factory is missing
    }
