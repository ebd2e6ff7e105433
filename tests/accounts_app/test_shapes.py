"""What a request's body may hold: known fields and, in JSON, values of the field's own type."""

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from accounts_app.api.shapes import OneOf, StrictSerializer


class Shape(StrictSerializer):
    text = serializers.CharField(required=False, allow_null=True)
    is_set = serializers.BooleanField(required=False)
    count = serializers.IntegerField(required=False)
    share = serializers.FloatField(required=False)
    texts = serializers.ListField(child=serializers.CharField(), required=False)
    size = OneOf(["small", "large"], required=False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "1", "is_set": True, "count": 5, "share": 0.5},
        {"text": None, "is_set": False, "count": 5.0, "share": 1},
        QueryDict("text=1&is_set=true&count=5&share=0.5"),
        QueryDict("texts=a&texts=b"),
    ],
)
def test_values_of_the_field_s_type_are_taken(body: Any) -> None:
    assert Shape(data=body).is_valid()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"text": 1}, {"text": ["Must be a string."]}),
        ({"text": True}, {"text": ["Must be a string."]}),
        ({"text": ["a"]}, {"text": ["Must be a string."]}),
        ({"is_set": "true"}, {"is_set": ["Must be true or false."]}),
        ({"is_set": 1}, {"is_set": ["Must be true or false."]}),
        ({"count": "5"}, {"count": ["A valid integer is required."]}),
        ({"count": True}, {"count": ["A valid integer is required."]}),
        ({"count": 5.5}, {"count": ["A valid integer is required."]}),
        ({"share": "0.5"}, {"share": ["A valid number is required."]}),
        ({"share": False}, {"share": ["A valid number is required."]}),
        ({"size": "huge"}, {"size": ["huge is not one of small, large."]}),
        ([1], {"non_field_errors": ["Send an object with the fields by their names."]}),
        (QueryDict("text=a&text=a&count=1"), {"text": ["Send this field once."]}),
        (
            {"text": 1, "share": "0.5"},
            {"text": ["Must be a string."], "share": ["A valid number is required."]},
        ),
    ],
)
def test_values_of_another_type_are_refused_by_name(body: Any, errors: dict[str, list[str]]) -> None:
    shape = Shape(data=body)
    assert not shape.is_valid()
    assert shape.errors == errors
