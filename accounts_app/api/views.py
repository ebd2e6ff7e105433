"""The HTTP face of accounts."""

from typing import cast
from uuid import UUID

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts_app import services, signing_in
from accounts_app.api import serializers as shapes
from accounts_app.api.permissions import Administrator, Anyone, SignedIn, by_method
from accounts_app.api.schema import WITH_BODY, WITH_CREDENTIALS, refusals
from accounts_app.api.shapes import PageSerializer, StrictSerializer, page_of
from accounts_app.calls import SpentCall
from accounts_app.models import User
from accounts_app.queries import users_by_name


class _Accounts(APIView):
    """Shows the browsable API which form a view takes."""

    body: type[StrictSerializer] | None = None

    def get_serializer(self, *args: object, **kwargs: object) -> BaseSerializer[object]:
        return (self.body or StrictSerializer)(*args, **kwargs)  # type: ignore[arg-type]  # the page's own call

    def checked(self, request: Request) -> dict[str, object]:
        """The body's fields. Raises ValidationError."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class AuthenticateView(_Accounts):
    """Tokens: got with a name and password, and given back."""

    body = shapes.CredentialsSerializer
    permission_classes = [by_method(POST=Anyone, DELETE=SignedIn, OPTIONS=Anyone)]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """None for signing in, so that a stale token sent along doesn't stand in the way of a new one."""
        return super().get_authenticators() if self.request and self.request.method == "DELETE" else []

    @extend_schema(
        operation_id="authenticate",
        summary="Get a token",
        auth=[],
        request=shapes.CredentialsSerializer,
        responses={200: shapes.IssuedTokenSerializer, **WITH_BODY, **refusals(401, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        asked = self.checked(request)
        issued = signing_in.authenticate(
            request=request._request,  # noqa: SLF001 - the lock needs Django's own
            username=str(asked["username"]),
            password=str(asked["password"]),
        )
        return Response(shapes.IssuedTokenSerializer(issued).data)

    @extend_schema(
        operation_id="revoke_token",
        summary="Revoke the token used",
        description="With a browser's session: ends the session.",
        request=None,
        responses={204: None, **WITH_CREDENTIALS, **refusals(404)},
    )
    def delete(self, request: Request) -> Response:
        if isinstance(request.auth, SpentCall):
            services.revoke_token(token_id=request.auth.token_id)
        else:
            logout(request._request)  # noqa: SLF001 - it ends the session of Django's own request
        return Response(status=status.HTTP_204_NO_CONTENT)


class RegisterView(_Accounts):
    """Register a user."""

    body = shapes.RegistrationSerializer
    permission_classes = [Administrator]

    @extend_schema(
        summary="Register a user",
        request=shapes.RegistrationSerializer,
        responses={201: shapes.RegisteredSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(409)},
    )
    def post(self, request: Request) -> Response:
        user = services.register_user(**self.checked(request))  # type: ignore[arg-type]  # checked just now
        return Response(shapes.RegisteredSerializer(user).data, status.HTTP_201_CREATED)


class MeView(_Accounts):
    """Who I am."""

    permission_classes = [SignedIn]

    @extend_schema(operation_id="me", summary="Who I am", responses={200: shapes.MeSerializer, **WITH_CREDENTIALS})
    def get(self, request: Request) -> Response:
        call = request.auth if isinstance(request.auth, SpentCall) else None
        return Response(shapes.MeSerializer(shapes.described(_known(request), call)).data)


class UsersView(_Accounts):
    """Everyone registered, by name."""

    permission_classes = [Administrator]

    @extend_schema(
        operation_id="users",
        summary="Everyone registered, by name",
        parameters=[PageSerializer],
        responses={200: shapes.UsersSerializer, **WITH_CREDENTIALS, **refusals(400)},
    )
    def get(self, request: Request) -> Response:
        page, users = page_of(request), users_by_name()
        answer = {"users": users[page.slice], "total": users.count(), "offset": page.offset, "limit": page.limit}
        return Response(shapes.UsersSerializer(answer).data)


class PermissionsView(_Accounts):
    """What a user may do."""

    body = shapes.PermissionsSerializer
    permission_classes = [Administrator]

    @extend_schema(
        operation_id="change_permissions",
        summary="Give a user exactly these permissions",
        description="The body may also be the list alone.",
        request=shapes.PermissionsSerializer,
        responses={200: shapes.ChangedPermissionsSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404, 409)},
    )
    def put(self, request: Request, user_id: UUID) -> Response:
        user = services.change_permissions(user_id=user_id, **self.checked(request))  # type: ignore[arg-type]  # as above
        answer = {"message": "Permissions updated", "permissions": user.permissions}
        return Response(shapes.ChangedPermissionsSerializer(answer).data)


class UserView(_Accounts):
    """Delete an account, one's own or, as an administrator, anyone's."""

    permission_classes = [SignedIn]

    @extend_schema(
        summary="Delete a user",
        description="One's own account, or anyone's as an administrator. Packages stay, without an uploader.",
        responses={200: shapes.MessageSerializer, **WITH_CREDENTIALS, **refusals(404, 409)},
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        services.delete_user(user_id=user_id, by=_known(request))
        if request.user.pk == user_id and not isinstance(request.auth, SpentCall):
            request._request.session.flush()  # noqa: SLF001 - REST framework's request has none of its own
        return Response(shapes.MessageSerializer({"message": "User deleted"}).data)


def _known(request: Request) -> User:
    """The caller, whom the permission has made sure of."""
    return cast("User", request.user)
