"""Policies in the admin site: read, written with the same check as through the API, and tried out."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts_app.errors import Refused
from accounts_app.long_lists import LongList
from accounts_app.models import User
from packages_app.admin.searching import FoundByPackage
from packages_app.models import Policy
from packages_app.queries.policies import verdicts_of
from packages_app.services.policies import check_policy, check_zone, remove_policy, set_policy
from packages_app.services.try_policy import Trial, try_policy

_SHOWN_VERDICTS = 20


class SourceField(forms.CharField):
    """JavaScript as it was written: browsers send other line ends than files have."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 20, "spellcheck": "false"})
        super().__init__(strip=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        return super().clean(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    source = SourceField(help_text="It defines validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH).")

    class Meta:
        model = Policy
        fields = ("package", "source", "timezone")

    def clean_source(self) -> str:
        source = str(self.cleaned_data["source"])
        try:
            check_policy(source)
        except Refused as refused:
            raise forms.ValidationError(refused.detail) from refused
        return source

    def clean_timezone(self) -> str:
        zone = str(self.cleaned_data["timezone"])
        try:
            check_zone(zone)
        except Refused as refused:
            raise forms.ValidationError(refused.detail) from refused
        return zone


def _argument(*, help_text: str) -> forms.CharField:
    return forms.CharField(
        required=False, strip=False, empty_value=None, widget=UnfoldAdminTextInputWidget(), help_text=help_text
    )


class TrialForm(forms.Form):
    """What is left empty is as in a download of yours, now."""

    source = SourceField()
    downloader = _argument(help_text="Your own name without it.")
    uploader = _argument(help_text="The package's uploader without it.")
    model_name = _argument(help_text="The package's name without it.")
    zip_path = _argument(help_text="The package's path without it.")
    now = forms.DateTimeField(
        required=False, widget=UnfoldAdminTextInputWidget(), help_text="Such as 2025-07-01T22:30+02:00; now without it."
    )
    timezone = _argument(help_text="The policy's without it.")
    history = forms.BooleanField(required=False, widget=UnfoldBooleanWidget(), label="Try past downloads too")


@admin.register(Policy)
class PolicyAdmin(FoundByPackage, LongList):
    form = PolicyForm
    list_display = ("package", "timezone", "updated_at", "updated_by", "timeouts", "suspended_at")
    list_select_related = ("package", "updated_by")
    ordering = ("-package",)
    raw_id_fields = ("package",)
    fields = ("package", "source", "timezone", "sha256", "updated_at", "updated_by", "timeouts", "suspended_at")
    readonly_fields = ("sha256", "updated_at", "updated_by", "timeouts", "suspended_at")
    actions_detail = ("try_out",)
    change_form_outer_after_template = "packages_app/policy_verdicts.html"

    def get_readonly_fields(self, _request: HttpRequest, obj: Policy | None = None) -> tuple[str, ...]:
        return ("package", *self.readonly_fields) if obj else self.readonly_fields

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        policy = self.get_object(request, object_id)
        verdicts = list(verdicts_of(policy.package)[:_SHOWN_VERDICTS]) if policy else []
        context = (extra_context or {}) | {"verdicts": verdicts}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    def save_model(self, request: HttpRequest, obj: Policy, _form: PolicyForm, _change: Any) -> None:
        set_policy(package=obj.package, source=obj.source, timezone=obj.timezone, by=cast(User, request.user))

    def delete_model(self, _request: HttpRequest, obj: Policy) -> None:
        remove_policy(package=obj.package)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        for policy in queryset.select_related("package"):
            remove_policy(package=policy.package)

    @action(description="Try out", url_path="try", permissions=["change"])  # type: ignore[untyped-decorator]  # as above
    def try_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form for made-up arguments, and below it what the policy said."""
        policy = self.get_object(request, object_id)
        if policy is None:
            return cast(HttpResponse, self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        form = TrialForm(request.POST or None, initial={"source": policy.source, "timezone": policy.timezone})
        tried = None
        if form.is_valid():
            trial = Trial(**form.cleaned_data)
            try:
                tried = try_policy(package=policy.package, trial=trial, caller=cast(User, request.user).username)
            except Refused as refused:
                form.add_error(None, refused.detail)
        context = self.admin_site.each_context(request) | {
            "title": f"Try out the policy of {policy.package}",
            "opts": self.opts,
            "form": form,
            "tried": tried,
        }
        return TemplateResponse(request, "packages_app/try_policy.html", context)
