"""Tokens can be looked at and revoked; they are made by signing in, and their hash is shown in part."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts_app import services
from accounts_app.asking import confirmed
from accounts_app.long_lists import LongList
from accounts_app.models import Token


class UsableFilter(admin.SimpleListFilter):
    title = "usable"
    parameter_name = "usable"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Usable"), ("no", "Spent or expired")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Token]) -> QuerySet[Token]:
        usable = {"calls_remaining__gt": 0, "expires_at__gt": timezone.now()}
        match self.value():
            case "yes":
                return queryset.filter(**usable)
            case "no":
                return queryset.exclude(**usable)
        return queryset


@admin.register(Token)
class TokenAdmin(LongList):
    list_display = ["__str__", "user", "calls_remaining", "created_at", "expires_at", "usable"]
    list_select_related = ["user"]
    list_filter = [UsableFilter, ("expires_at", admin.DateFieldListFilter)]
    search_fields = ["user__username"]
    search_help_text = "part of a username"
    ordering = ["-id"]
    fields = ["user", "calls_remaining", "created_at", "expires_at"]
    actions = ["revoke"]

    @admin.display(boolean=True)
    def usable(self, token: Token) -> bool:
        return token.is_usable(timezone.now())

    @admin.action(description="Revoke the chosen tokens", permissions=["delete"])
    @confirmed(says="Programs that call with these tokens are refused at once.", button="Revoke the tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        self.delete_queryset(request, queryset)
        self.message_user(request, "The tokens are revoked.", messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Token | None = None) -> bool:
        return False

    def delete_model(self, _request: HttpRequest, obj: Token) -> None:
        services.revoke_token(token_id=obj.pk)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[Token]) -> None:
        with transaction.atomic():
            for token_id in list(queryset.values_list("pk", flat=True)):
                services.revoke_token(token_id=token_id)
