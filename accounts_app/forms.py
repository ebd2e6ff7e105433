"""The admin site's forms about users: what they hold, and how permissions are chosen."""

from typing import Any

from django import forms
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts_app import services
from accounts_app.models import Permission, User, first_permissions


class PermissionsField(forms.MultipleChoiceField):
    """Checkboxes, any number of them, none included."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        super().__init__(choices=Permission.choices, widget=widget, required=False, **kwargs)


class RegistrationForm(UserCreationForm):  # type: ignore[misc]  # unfold is untyped
    usable_password = None  # everyone has a password
    permissions = PermissionsField(initial=first_permissions)

    class Meta:
        model = User
        fields = ["username", "permissions"]


class UserForm(UserChangeForm):  # type: ignore[misc]  # unfold is untyped
    permissions = PermissionsField()

    class Meta:
        model = User
        fields = ["permissions", "is_active"]


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]  # unfold is untyped
    usable_password = None

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002, ARG002 - Django's signature
        self.user: User = services.change_password(user_id=self.user.pk, password=self.cleaned_data["password1"])
        return self.user
