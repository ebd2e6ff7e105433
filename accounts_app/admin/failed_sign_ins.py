"""Who failed to sign in, as far as it still counts towards a lock; letting them try again."""

from typing import Any

import axes.admin  # noqa: F401 - registers what is taken out here
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts_app import services
from accounts_app.asking import confirmed
from accounts_app.long_lists import LongList, ReadOnly

for model in (AccessAttempt, AccessLog, AccessFailureLog):  # the audit trail has what the latter two would hold
    admin.site.unregister(model)


@admin.register(AccessAttempt)
class FailedSignInAdmin(ReadOnly, LongList):
    list_display = ["username", "ip_address", "attempt_time", "failures_since_start", "locked"]
    list_filter = [("attempt_time", admin.DateFieldListFilter)]
    search_fields = ["username", "ip_address"]
    search_help_text = "part of a username or of an address"
    ordering = ["-attempt_time"]
    fields = ["username", "ip_address", "attempt_time", "failures_since_start", "path_info", "user_agent"]
    actions = ["unlock"]

    @admin.display(boolean=True)
    def locked(self, attempt: AccessAttempt) -> bool:
        return bool(attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT)

    @admin.action(description="Let them try again", permissions=["view"])
    @confirmed(says="Failures of these names from these addresses are forgotten.", button="Let them try again")
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for attempt in queryset:
            services.unlock_sign_in(username=attempt.username or "", address=attempt.ip_address)
        self.message_user(request, "They can try again.", messages.SUCCESS)
