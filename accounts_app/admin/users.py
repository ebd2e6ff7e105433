"""Users in the admin site: registered, given permissions, kept out, deleted; with the tokens they hold."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts_app import services
from accounts_app.asking import ask, caller, confirmed
from accounts_app.errors import Refused
from accounts_app.forms import PasswordForm, RegistrationForm, UserForm
from accounts_app.long_lists import LongList, ReadOnly
from accounts_app.models import Permission, Token, User

_SHOWN_TOKENS = 20

admin.site.unregister(Group)  # permissions are the user's own


class PermissionFilter(admin.SimpleListFilter):
    title = "permission"
    parameter_name = "permission"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Permission.choices]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(permissions__contains=[self.value()]) if self.value() else queryset


class TokenInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold is untyped
    """A user's newest tokens, each with the way to revoke it."""

    model = Token
    extra = 0
    can_delete = False
    hide_title = True
    verbose_name_plural = f"newest {_SHOWN_TOKENS} tokens"
    fields = readonly_fields = ["calls_remaining", "created_at", "expires_at", "revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        rows = super().get_queryset(request).order_by("-id")
        user_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest: QuerySet[Token] = rows.filter(pk__in=rows.filter(user_id=user_id).values("pk")[:_SHOWN_TOKENS])
        return newest

    @admin.display(description="")
    def revoke(self, token: Token) -> str:
        address = reverse("admin:accounts_app_token_delete", args=[token.pk])
        return format_html('<a href="{}">Revoke <code>{}</code></a>', address, token)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, LongList):  # type: ignore[misc,type-arg]  # both are generic in the stubs alone
    form = UserForm
    add_form = RegistrationForm
    change_password_form = PasswordForm
    list_display = ["username", "permission_words", "is_active", "last_login", "created_at"]
    list_filter = [PermissionFilter, "is_active"]
    search_fields = ["username"]
    ordering = ["username"]
    sortable_by = ("username",)
    filter_horizontal = []
    readonly_fields = ["username", "last_login", "created_at"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("What they may do", {"fields": ["permissions", "is_active"]}),
        ("Seen", {"fields": ["last_login", "created_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "password1", "password2", "permissions"]})]
    inlines = [TokenInline]
    actions = ["revoke_tokens"]
    actions_detail = ["revoke_all_tokens"]

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

    @admin.action(description="Revoke all their tokens", permissions=["change"])
    @confirmed(says="Programs that call with any token of these users are refused at once.", button="Revoke all tokens")
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        count = sum(services.revoke_tokens_of(user_id=user.pk) for user in queryset)
        self.message_user(request, f"Tokens revoked: {count}.", messages.SUCCESS)

    @action(description="Revoke all tokens", url_path="revoke", permissions=["change"])  # type: ignore[untyped-decorator]  # unfold
    def revoke_all_tokens(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method == "POST":
            count = services.revoke_tokens_of(user_id=UUID(object_id))
            self.message_user(request, f"Tokens revoked: {count}.", messages.SUCCESS)
            return redirect("admin:accounts_app_user_change", object_id)
        return ask(
            self,
            request,
            title="Revoke all tokens",
            says="Programs that call with any token of this user are refused at once.",
            button="Revoke all tokens",
            chosen=User.objects.filter(pk=object_id),
            is_dangerous=True,
        )

    def get_deleted_objects(
        self, objs: Sequence[User] | QuerySet[User], _request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What the confirmation lists: counted, since somebody may have rated a hundred thousand packages."""
        ids = [user.pk for user in objs]
        counts = {"users": len(ids), "tokens": Token.objects.filter(user__in=ids).count()}
        return [f"{user} (their packages stay, without an uploader)" for user in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_user(user_id=obj.pk, by=caller(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """All of them or, where one can't go, none."""
        with transaction.atomic():
            for user_id in list(queryset.values_list("pk", flat=True)):
                services.delete_user(user_id=user_id, by=caller(request))

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
