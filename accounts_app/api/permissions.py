"""Who may call a view. Every view declares it; one that forgets admits nobody.

    permission_classes = [MayUpload]
    permission_classes = [by_method(GET=MayDownload, DELETE=Administrator)]

Without valid credentials the answer is 401, with them and without the permission 403.
"""

from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts_app.models import Permission, User

if TYPE_CHECKING:  # it imports the default permission itself, which is here
    from rest_framework.views import APIView


class Nobody(BasePermission):
    """What a view has that declares nothing."""

    message = "This address admits nobody."

    def has_permission(self, _request: Request, _view: "APIView") -> bool:
        return False


class Anyone(BasePermission):
    """The public, without credentials. Give the view `authentication_classes = []` too, or sent tokens are spent."""


class SignedIn(BasePermission):
    """Anyone known, whatever their permissions."""

    def has_permission(self, request: Request, _view: "APIView") -> bool:
        return isinstance(request.user, User)


class _May(SignedIn):
    permission: Permission

    @property
    def message(self) -> str:
        return f"This needs the permission '{self.permission}', which an administrator can give you."

    def has_permission(self, request: Request, _view: "APIView") -> bool:
        return isinstance(request.user, User) and request.user.may(self.permission)


class MayUpload(_May):
    permission = Permission.UPLOAD


class MayDownload(_May):
    permission = Permission.DOWNLOAD


class MaySearch(_May):
    permission = Permission.SEARCH


class Administrator(_May):
    permission = Permission.ADMIN


def by_method(**needed: type[BasePermission]) -> type[BasePermission]:
    """Different permissions for a view's methods; HEAD needs what GET does, OPTIONS only a known caller."""
    needed = {"OPTIONS": SignedIn} | ({"HEAD": needed["GET"]} if "GET" in needed else {}) | needed

    class ByMethod(BasePermission):
        def has_permission(self, request: Request, view: "APIView") -> bool:
            if request.method not in needed:
                raise MethodNotAllowed(str(request.method))
            permission = needed[request.method]()
            self.message = getattr(permission, "message", None)
            return permission.has_permission(request, view)

    return ByMethod
