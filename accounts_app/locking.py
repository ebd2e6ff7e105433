"""How many failed sign-ins lock out: those of one name from one address, and many more of one name or one address alone.

Guesses of many names from one address, or of one name from many, would otherwise never end.
"""

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db.models import Q, Sum
from django.http import HttpRequest

#: How many failures of a name, from wherever, count as one: who wants to lock somebody else out has to go to lengths.
OF_A_NAME = 10
#: How many from an address, of whomever: an office, or whatever stands in front of us, may be one address.
FROM_AN_ADDRESS = 100


class SignInLock(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes' handler, which compares this count with AXES_FAILURE_LIMIT."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_name = Q(username=get_client_username(request, credentials))
        from_address = Q(ip_address=request.axes_ip_address or None)  # type: ignore[attr-defined]
        recent = AccessAttempt.objects.filter(of_name | from_address, attempt_time__gte=get_cool_off_threshold(request))
        failures = {"both": of_name & from_address, "name": of_name, "address": from_address}
        counts = recent.aggregate(
            **{name: Sum("failures_since_start", filter=which, default=0) for name, which in failures.items()}
        )
        return int(max(counts["both"], counts["name"] // OF_A_NAME, counts["address"] // FROM_AN_ADDRESS))
