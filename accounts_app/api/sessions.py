"""A browser's session: opened with a name and password, ended by its holder. Programs use tokens instead."""

from django.contrib.auth import logout
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app import signing_in
from accounts_app.api import serializers as shapes
from accounts_app.api.parsers import BoundedJSONParser
from accounts_app.api.permissions import Anyone, SignedIn, by_method
from accounts_app.api.schema import WITH_BODY, WITH_CREDENTIALS, refusals

_CSRF = "The pages set the cookie `csrftoken`; send its value as `X-CSRFToken`."


# A session that a stranger opened in somebody's browser would collect what they upload; REST framework asks for the
# CSRF token of those alone who are signed in already.
@method_decorator(csrf_protect, name="dispatch")
class SessionView(APIView):
    permission_classes = [by_method(POST=Anyone, DELETE=SignedIn, OPTIONS=Anyone)]

    def get_parsers(self) -> list[BaseParser]:
        return [BoundedJSONParser()]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """None for signing in, so that a session that is over doesn't stand in the way of a new one."""
        return super().get_authenticators() if self.request and self.request.method == "DELETE" else []

    @extend_schema(
        operation_id="open_session",
        summary="Sign in with a browser",
        description=f"Sets the session's cookie. {_CSRF} Locks and refuses as `POST /authenticate` does.",
        auth=[],
        request=shapes.CredentialsSerializer,
        responses={200: shapes.MeSerializer, **WITH_BODY, **refusals(401, 403, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.CredentialsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = signing_in.open_session(request=request._request, **asked.validated_data)  # noqa: SLF001 - Django's own
        return Response(shapes.MeSerializer(shapes.described(user, None)).data)

    @extend_schema(
        operation_id="end_session",
        summary="Sign out",
        description=f"Ends the session. {_CSRF}",
        request=None,
        responses={204: None, **WITH_CREDENTIALS},
    )
    def delete(self, request: Request) -> Response:
        logout(request._request)  # noqa: SLF001 - it ends the session of Django's own request
        return Response(status=status.HTTP_204_NO_CONTENT)
