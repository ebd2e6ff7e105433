"""Users and tokens in the admin site; every change goes through the services, so their rules hold here too."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import TabularInline

from accounts_app import services
from accounts_app.audit import Action
from accounts_app.errors import Refused
from accounts_app.forms import PasswordForm, RegistrationForm, UserForm
from accounts_app.long_lists import LongList
from accounts_app.models import AuditEntry, Permission, Token, User

admin.site.unregister(Group)  # permissions are the user's own


class PermissionFilter(admin.SimpleListFilter):
    title = "permission"
    parameter_name = "permission"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Permission.choices]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(permissions__contains=[self.value()]) if self.value() else queryset


class TokenInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """A user's tokens, to look at; revoking is on the token's own page."""

    model = Token
    extra = 0
    can_delete = False
    show_change_link = True
    fields = readonly_fields = ["calls_remaining", "created_at", "expires_at"]
    ordering = ["-id"]

    def has_add_permission(self, _request: HttpRequest, _obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, LongList):  # type: ignore[misc,type-arg]  # both are generic in the stubs alone
    form = UserForm
    add_form = RegistrationForm
    change_password_form = PasswordForm
    list_display = ["username", "permission_words", "is_active", "last_login", "created_at"]
    list_filter = [PermissionFilter, "is_active"]
    search_fields = ["username"]
    ordering = ["username"]
    filter_horizontal = []
    readonly_fields = ["username", "last_login", "created_at"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("What they may do", {"fields": ["permissions", "is_active"]}),
        ("Seen", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "password1", "password2", "permissions"]})]
    inlines = [TokenInline]

    @admin.display(description="permissions")
    def permission_words(self, user: User) -> str:
        return ", ".join(user.permissions)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return list(super().get_readonly_fields(request, obj)) if obj else []

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return list(super().get_inlines(request, obj)) if obj else []

    def save_model(
        self,
        _request: HttpRequest,
        obj: User,
        form: "ModelForm[User]",
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        if not change:
            password, permissions = form.cleaned_data["password1"], form.cleaned_data["permissions"]
            made = services.register_user(username=obj.username, password=password, permissions=permissions)
            obj.pk, obj._state = made.pk, made._state  # noqa: SLF001 - the admin goes on with its own instance
        if change and "permissions" in form.changed_data:
            services.change_permissions(user_id=obj.pk, permissions=obj.permissions)
        if change and "is_active" in form.changed_data:
            services.set_active(user_id=obj.pk, active=obj.is_active)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_user(user_id=obj.pk, by=_caller(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """All of them or, where one can't go, none."""
        with transaction.atomic():
            for user_id in list(queryset.values_list("pk", flat=True)):
                services.delete_user(user_id=user_id, by=_caller(request))

    # A refusal is said above the page it came from; each view's transaction has undone what it had begun.

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_say_why(request, super().changelist_view, *args, **kwargs)

    def _or_say_why(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            self.message_user(request, refused.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(Token)
class TokenAdmin(LongList):
    """Tokens can be looked at and revoked; they are made by signing in, and their hash is shown in part."""

    list_display = ["__str__", "user", "calls_remaining", "created_at", "expires_at", "usable"]
    list_select_related = ["user"]
    list_filter = [("expires_at", admin.DateFieldListFilter)]
    search_fields = ["user__username"]
    ordering = ["-id"]
    fields = ["user", "calls_remaining", "created_at", "expires_at"]
    actions = ["revoke"]

    @admin.display(boolean=True)
    def usable(self, token: Token) -> bool:
        return token.is_usable(timezone.now())

    @admin.action(description="Revoke the chosen tokens", permissions=["delete"])
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


class ActionFilter(admin.SimpleListFilter):
    title = "action"
    parameter_name = "action"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(action.value, str(action.label)) for action in Action]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(LongList):
    """The audit trail, to look at."""

    list_display = ["at", "actor", "action", "target", "details", "address"]
    list_filter = [ActionFilter, ("at", admin.DateFieldListFilter)]
    search_fields = ["actor__exact", "target__exact"]
    search_help_text = 'a username, or a target in quotes: "package <id>"'
    ordering = ["-id"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: AuditEntry | None = None) -> bool:
        return False


def _caller(request: HttpRequest) -> User:
    """Whom the admin site let in."""
    return cast("User", request.user)
