"""Jobs in the admin site: watched, retried, and an ingest that was rejected let through with reasons."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts_app.asking import ask, caller
from accounts_app.errors import Refused
from accounts_app.long_lists import LongList, ReadOnly
from accounts_app.models import User
from packages_app.admin.searching import FoundByPackage
from packages_app.models import Job
from packages_app.queries.work import UNDER_WAY, UNSUCCESSFUL
from packages_app.services.ingest import REASON_LENGTH, accept_ingest, waivers_of
from packages_app.services.jobs import retry_job

_GROUPS = {"under_way": UNDER_WAY, "unsuccessful": UNSUCCESSFUL}


class StandsFilter(admin.SimpleListFilter):
    title = "how it stands"
    parameter_name = "stands"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        groups = [("under_way", "Under way"), ("unsuccessful", "Failed, unavailable or rejected")]
        return [*groups, *((status.value, str(status.label)) for status in Job.Status)]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        value = self.value()
        return queryset.filter(status__in=_GROUPS.get(value, (value,))) if value else queryset


class WaiverForm(forms.Form):
    """A reason for each metric that kept the package out; those left empty are not waived."""

    def __init__(self, *args: Any, metrics: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for metric in metrics:
            self.fields[metric] = forms.CharField(
                required=False,
                max_length=REASON_LENGTH,
                label=f"Why {metric} is waived",
                widget=UnfoldAdminTextInputWidget(),
            )

    def reasons(self) -> dict[str, str]:
        return {metric: reason for metric, reason in self.cleaned_data.items() if reason.strip()}


@admin.register(Job)
class JobAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = (
        "kind",
        "name",
        "version",
        "status",
        "stage",
        "percent",
        "owner",
        "created_at",
        "finished_at",
    )
    list_filter = (StandsFilter, "kind")
    list_select_related = ("owner",)
    search_help_text = "part of a package's name, whose job it is, or the job's id"
    ordering = ("-id",)
    exclude = ("staging_key", "fence")
    actions = ("retry",)
    actions_detail = ("retry_one", "waive")

    def also_found_by(self, term: str) -> Q:
        owners = User.objects.filter(username__iexact=term).values_list("pk", flat=True)
        found = Q(package__isnull=True, name__icontains=term) | Q(owner__in=list(owners))
        try:
            return found | Q(pk=UUID(term))
        except ValueError:
            return found

    @admin.display(description="progress")
    def percent(self, job: Job) -> str:
        return format_html(
            "<progress max='1' value='{}' aria-label='progress'></progress> {} %",
            job.progress,
            round(job.progress * 100),
        )

    @admin.action(description="Retry", permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                retry_job(job_id=job.pk)
            except Refused as refused:
                self.message_user(request, f"{job}: {refused.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{job} is queued again.", messages.SUCCESS)

    @action(description="Retry", url_path="retry", permissions=["view"])  # type: ignore[untyped-decorator]  # untyped
    def retry_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        chosen = Job.objects.filter(pk=object_id)
        if request.method == "POST":
            self.retry(request, chosen)
            return redirect("admin:packages_app_job_change", object_id)
        says = "A job that failed for a passing reason, or could not reach what it needs, starts anew."
        return ask(self, request, title="Retry", says=says, button="Retry", chosen=chosen)

    @action(description="Waive and ingest again", url_path="waive", permissions=["view"])  # type: ignore[untyped-decorator]  # unfold
    def waive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new ingest of the same, by whoever asks, for which the metrics with a reason need not pass."""
        job = self.get_object(request, object_id)
        if job is None or job.kind != Job.Kind.INGEST or job.status != Job.Status.REJECTED:
            self.message_user(request, "Only an ingest that was rejected by its scores can be waived.", messages.ERROR)
            return redirect("admin:packages_app_job_changelist")
        form = WaiverForm(request.POST or None, metrics=job.failed_metrics)
        if form.is_valid():
            waived = dict(waivers_of(job)) | form.reasons()
            try:
                new = accept_ingest(
                    owner=caller(request),
                    url=job.request["url"],
                    name=job.request.get("name"),
                    version=job.request.get("wanted"),
                    waived=waived,
                )
            except Refused as refused:
                form.add_error(None, refused.detail)
            else:
                self.message_user(request, f"{new} is queued, with waivers: {len(waived)}.", messages.SUCCESS)
                return redirect("admin:packages_app_job_change", new.pk)
        says = f"{job} was rejected. What you give a reason for here need not pass; the reason stays with the package."
        return ask(self, request, title="Waive and ingest again", says=says, button="Ingest again", form=form)
