"""What request bodies and pages have in common, whatever they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

_NOT_FIELDS = {"csrfmiddlewaretoken"}  # rides along in browsers' forms
_LISTS = (serializers.ListField, serializers.ListSerializer)
#: What JSON has for these fields; forms have text for everything, which REST framework reads. 5.0 is an integer; that
#: 5.5 is none the field itself says.
_IN_JSON: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...] = (
    (serializers.CharField, (str,), "Must be a string."),
    (serializers.BooleanField, (bool,), "Must be true or false."),
    (serializers.IntegerField, (int, float), "A valid integer is required."),
    (serializers.FloatField, (int, float), "A valid number is required."),
)


class OneOf(serializers.ChoiceField):
    """A choice that names the others when it refuses one."""

    default_error_messages = {"invalid_choice": "{input} is not one of {choices}."}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        super().fail(key, **kwargs, choices=", ".join(map(str, self.choices)))


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it doesn't know, by name, so that a misspelt one is never silently ignored; in JSON, values of
    another type than the field's, so that what is accepted is what the OpenAPI document says; in forms, a field twice."""

    default_error_messages = {"invalid": "Send an object with the fields by their names."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, QueryDict):
            self._refuse_repeated(data)
        elif isinstance(data, Mapping):
            self._refuse_other_types(data)
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {name.partition("[")[0] for name in data}.difference(known, _NOT_FIELDS)
            if unknown:
                said = f"Unknown field. Known here: {', '.join(known)}."
                raise serializers.ValidationError({name: [said] for name in sorted(unknown)}, "unknown_field")
        return super().to_internal_value(data)

    def _refuse_repeated(self, data: QueryDict) -> None:
        """Of two values for one field, each reader of a form takes another."""
        single = [name for name, field in self.fields.items() if not isinstance(field, _LISTS)]
        if repeated := {name: ["Send this field once."] for name in single if len(data.getlist(name)) > 1}:
            raise serializers.ValidationError(repeated, "invalid")

    def _refuse_other_types(self, data: Mapping[str, Any]) -> None:
        wrong = {
            name: [said]
            for name, field in self.fields.items()
            for sort, types, said in _IN_JSON
            if isinstance(field, sort) and data.get(name) is not None and not _is_any(data[name], types)
        }
        if wrong:
            raise serializers.ValidationError(wrong, "invalid")


def _is_any(value: object, types: tuple[type, ...]) -> bool:
    """isinstance, but true and false are no numbers."""
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


class PageSerializer(serializers.Serializer[Any]):
    """Which part of a list: `?offset=0&limit=50`."""

    offset = serializers.IntegerField(default=0, min_value=0, max_value=10**9, help_text="How many to pass over.")
    limit = serializers.IntegerField(
        default=50, min_value=1, max_value=10**9, help_text="How many to give; more than 100 counts as 100."
    )


@dataclass(frozen=True)
class Page:
    offset: int
    limit: int

    @property
    def slice(self) -> slice:
        return slice(self.offset, self.offset + self.limit)


def page_of(request: Request) -> Page:
    """The page asked for, `limit` clamped to 100. Raises ValidationError."""
    asked = PageSerializer(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return Page(asked.validated_data["offset"], min(asked.validated_data["limit"], 100))
