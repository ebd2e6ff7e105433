"""The admin site's page for what can't be undone: it counts what will go, and asks for a word before it does it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts_app.errors import Refused
from accounts_app.queries import administrator_to_keep
from packages_app.domain.sizes import in_words
from registry_project.resetting import Extent, extent_of_reset, reset_registry

WORD = "reset"


class ResetForm(forms.Form):
    """The word typed out, so that nobody gets here by a stray click."""

    confirmation = forms.CharField(
        label=f"Type “{WORD}” to go on",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed != WORD:
            raise forms.ValidationError(f"Nothing was deleted: type “{WORD}”, in small letters, and nothing else.")
        return typed


def danger_zone(request: HttpRequest) -> HttpResponse:
    """The page, and the reset itself. Whoever did it is signed out, as everybody is."""
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            gone = reset_registry()
        except Refused as refused:
            form.add_error(None, refused.detail)
        else:
            return _signed_out(request, gone)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": "Danger zone",
        "form": form,
        "counted": told(extent_of_reset()),
        "kept": administrator_to_keep(settings.ADMIN_USERNAME),
    }
    return TemplateResponse(request, "registry_project/danger_zone.html", context)


def told(extent: Extent) -> list[tuple[str, str]]:
    """What goes, in words and numbers as people read them, the gravest first."""
    return [
        ("Packages", f"{extent.packages:,}"),
        ("Bytes of their archives", in_words(extent.bytes)),
        ("Files in them", f"{extent.files:,}"),
        ("Users", f"{extent.users:,}"),
        ("Jobs", f"{extent.jobs:,}"),
        ("Downloads in the history", f"{extent.downloads:,}"),
        ("Ratings", f"{extent.ratings:,}"),
        ("Scores", f"{extent.scores:,}"),
        ("Findings of the confusion audit", f"{extent.findings:,}"),
        ("Policies", f"{extent.policies:,}"),
    ]


def _signed_out(request: HttpRequest, gone: Extent) -> HttpResponse:
    """To the sign-in page. The session went with all others; a new, empty one only carries the message there."""
    request.session.flush()
    request.user = AnonymousUser()
    messages.warning(request, f"The registry was reset: {gone.packages:,} packages and {gone.users:,} users are gone.")
    return redirect("admin:login")
