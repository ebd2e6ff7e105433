"""The shapes of what is said about accounts."""

from typing import Any

from rest_framework import serializers

from accounts_app.api.shapes import OneOf, StrictSerializer
from accounts_app.calls import SpentCall
from accounts_app.models import USERNAME_PATTERN, USERNAME_RULE, Permission, User


class PermissionsField(serializers.ListField):
    child = OneOf(choices=Permission.choices)


class CredentialsSerializer(StrictSerializer):
    username = serializers.CharField(max_length=50)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})


class RegistrationSerializer(StrictSerializer):
    username = serializers.RegexField(
        USERNAME_PATTERN, max_length=50, help_text=USERNAME_RULE, error_messages={"invalid": USERNAME_RULE}
    )
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})
    permissions = PermissionsField(required=False, max_length=20, help_text="`search` alone, unless told.")


class PermissionsSerializer(StrictSerializer):
    """The permissions, or just the list of them."""

    permissions = PermissionsField(max_length=20)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value({"permissions": data} if isinstance(data, list) else data)


class IssuedTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Shown this once.")
    calls_remaining = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class RegisteredSerializer(serializers.ModelSerializer[User]):
    user_id = serializers.UUIDField(source="id")
    permissions = PermissionsField()

    class Meta:
        model = User
        fields = ["user_id", "username", "permissions"]


class UserSerializer(RegisteredSerializer):
    class Meta(RegisteredSerializer.Meta):
        fields = ["user_id", "username", "permissions", "is_active", "created_at", "last_login"]


class MeSerializer(serializers.Serializer[Any]):
    """Who is calling, and what their token still allows; both null for a browser's session."""

    user_id = serializers.UUIDField(source="id")
    username = serializers.CharField()
    permissions = PermissionsField()
    calls_remaining = serializers.IntegerField(allow_null=True)
    token_expires_at = serializers.DateTimeField(allow_null=True)


def described(user: User, call: SpentCall | None) -> dict[str, object]:
    """What MeSerializer shows of `user`, calling with `call` or by a session."""
    return {
        "id": user.pk,
        "username": user.username,
        "permissions": user.permissions,
        "calls_remaining": call and call.calls_remaining,
        "token_expires_at": call and call.expires_at,
    }


class UsersSerializer(serializers.Serializer[Any]):
    users = UserSerializer(many=True)
    total = serializers.IntegerField()
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class ChangedPermissionsSerializer(MessageSerializer):
    permissions = PermissionsField()
