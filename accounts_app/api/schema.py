"""What the OpenAPI document says of credentials and refusals."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse
from rest_framework import serializers

_MEANING = {
    400: "The request can't be understood; `errors` names the fields.",
    401: "No valid credentials, or a token unknown, expired or spent.",
    403: "The permission is missing, or the browser's CSRF token.",
    404: "There is no such thing.",
    409: "It conflicts with what is there.",
    411: "The length of the body isn't declared.",
    413: "The body is too large.",
    415: "Bodies of this content type aren't understood.",
    429: "Too many calls in a second, or too many failed sign-ins. `Retry-After` says how long to wait.",
    503: "The registry can't answer at the moment. `Retry-After` says how long to wait.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """Every refusal."""

    detail = serializers.CharField(help_text="One sentence that says what is wrong and what to do.")
    code = serializers.CharField(help_text="A stable word for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]  # declared fields leave the class, so its own `errors` stays
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="What is wrong, by field."
    )


def refusals(*statuses: int) -> dict[int, OpenApiResponse]:
    """The `responses=` of extend_schema for these statuses: `{200: X, **refusals(400, 404)}`."""
    return {status: OpenApiResponse(ProblemSerializer, _MEANING[status]) for status in statuses}


#: What any call with credentials may be answered, and any call with a body besides.
WITH_CREDENTIALS = refusals(401, 403, 429, 503)
WITH_BODY = refusals(400, 411, 413, 415)


class StrictScheme(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # untyped registration
    """Says that bodies of ours have the fields they declare and no others."""

    target_class = "accounts_app.api.shapes.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        mapped = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # noqa: SLF001 - the documented way
        return {**mapped, "additionalProperties": False}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped registration
    target_class = "accounts_app.api.authentication.TokenAuthentication"
    name = ["token", "bearer"]

    def get_security_requirement(self, _auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        return [{"token": []}, {"bearer": []}]  # either of them

    def get_security_definition(self, _auto_schema: AutoSchema) -> list[dict[str, Any]]:
        about = "A token from POST /authenticate."
        return [
            {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": about},
            {"type": "http", "scheme": "bearer", "description": about},
        ]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped registration
    target_class = "accounts_app.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
