"""What request bodies and pages have in common, whatever they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

_NOT_FIELDS = {"csrfmiddlewaretoken"}  # rides along in browsers' forms


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it doesn't know, by name, so that a misspelt one is never silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {name.partition("[")[0] for name in data}.difference(known, _NOT_FIELDS)
            if unknown:
                said = f"Unknown field. Known here: {', '.join(known)}."
                raise serializers.ValidationError({name: [said] for name in sorted(unknown)}, "unknown_field")
        return super().to_internal_value(data)


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
