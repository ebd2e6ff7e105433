"""The confusion audit in the admin site: the queue of findings, and what is decided on each."""

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts_app.asking import ask, caller
from accounts_app.errors import Refused
from accounts_app.long_lists import LongList, ReadOnly
from packages_app.admin.searching import FoundByPackage
from packages_app.models import ConfusionFinding
from packages_app.services.confusion import decide_finding

_NOTE_LENGTH = 2_000
_DECISIONS = [
    (ConfusionFinding.State.CONFIRMED, "Confirm: it can be taken for the other"),
    (ConfusionFinding.State.DISMISSED, "Dismiss: there is nothing in it"),
    (ConfusionFinding.State.OPEN, "Leave it open"),
]


class NoteForm(ActionForm):  # type: ignore[misc]  # unfold is untyped
    """Beside the choice of an action."""

    note = forms.CharField(required=False, max_length=_NOTE_LENGTH, label="note, which a dismissal needs")


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=_DECISIONS, widget=UnfoldAdminSelectWidget())
    note = forms.CharField(
        required=False,
        max_length=_NOTE_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="A dismissal needs one: whoever looks next will want to know why.",
    )


@admin.register(ConfusionFinding)
class ConfusionFindingAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = ("package", "suspicious_pattern", "severity", "why", "lookalike", "state", "detected_at")
    list_filter = ("state", "severity")
    list_select_related = ("package", "lookalike")
    package_fields = ("package", "lookalike")
    search_help_text = "part of a package's name, or what was found, such as same weights"
    ordering = ("-id",)
    fields = (
        "package",
        "lookalike",
        "suspicious_pattern",
        "severity",
        "why",
        "details",
        "detected_at",
        "state",
        "note",
        "decided_by",
        "decided_at",
    )
    readonly_fields = fields
    action_form = NoteForm
    actions = ("confirm", "dismiss", "reopen")
    actions_detail = ("decide",)

    def also_found_by(self, term: str) -> Q:
        return Q(suspicious_pattern=term)

    @admin.display(description="why")
    def why(self, finding: ConfusionFinding) -> str:
        return finding.reason

    @admin.action(description="Confirm", permissions=["view"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.CONFIRMED)

    @admin.action(description="Dismiss, with a note", permissions=["view"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.DISMISSED)

    @admin.action(description="Open again", permissions=["view"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.OPEN)

    @action(description="Decide", url_path="decide", permissions=["view"])  # type: ignore[untyped-decorator]  # untyped
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        finding = self.get_object(request, object_id)
        if finding is None:
            return redirect("admin:packages_app_confusionfinding_changelist")
        form = DecisionForm(request.POST or None, initial={"note": finding.note})
        if form.is_valid():
            try:
                decide_finding(finding_id=finding.pk, by=caller(request), **form.cleaned_data)
            except Refused as refused:
                form.add_error("note", refused.detail)
            else:
                self.message_user(request, "What you decided is recorded.", messages.SUCCESS)
                return redirect("admin:packages_app_confusionfinding_change", object_id)
        title = f"{finding.package}: {finding.suspicious_pattern}"
        return ask(self, request, title=title, says=finding.reason, button="Record the decision", form=form)

    def _decide(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding], decision: str) -> None:
        """All of the chosen findings or, where one can't be decided so, none."""
        note, ids = request.POST.get("note", "")[:_NOTE_LENGTH], list(queryset.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                for finding_id in ids:
                    decide_finding(finding_id=finding_id, decision=decision, note=note, by=caller(request))
        except Refused as refused:
            self.message_user(request, refused.detail, messages.ERROR)
        else:
            self.message_user(request, f"Findings now {decision}: {len(ids)}.", messages.SUCCESS)
