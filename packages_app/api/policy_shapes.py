"""The shapes of policies and their trials."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts_app.api.shapes import StrictSerializer
from packages_app.domain.verdicts import CODES
from packages_app.models import Download, Policy

_ZONE = "An IANA name such as Europe/Berlin."


class SuspensionSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    reason = serializers.CharField()


class PolicySerializer(serializers.ModelSerializer[Policy]):
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)
    suspended = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = ("source", "sha256", "timezone", "updated_at", "updated_by", "suspended")

    @extend_schema_field(SuspensionSerializer(allow_null=True))
    def get_suspended(self, policy: Policy) -> dict[str, Any] | None:
        if policy.suspended_at is None:
            return None
        reason = (
            f"It took too long {policy.timeouts} times in a row, so every download is refused; "
            "make it do less and set it again."
        )
        return SuspensionSerializer({"since": policy.suspended_at, "reason": reason}).data


class SetPolicySerializer(StrictSerializer):
    source = serializers.CharField(  # type: ignore[assignment]  # declared fields leave the class
        trim_whitespace=False,
        help_text="JavaScript that defines validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH), which returns "
        "{approved, reason}.",
    )
    timezone = serializers.CharField(
        required=False, max_length=64, help_text=f"{_ZONE} Without it the earlier policy's stays, at first UTC."
    )


class _ArgumentField(serializers.CharField):
    def __init__(self, *, help_text: str) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, trim_whitespace=False, help_text=help_text)


class TrySerializer(StrictSerializer):
    source = serializers.CharField(  # type: ignore[assignment]  # as above
        required=False, allow_null=True, trim_whitespace=False, help_text="Defaults to the package's policy."
    )
    model_name = _ArgumentField(help_text="Defaults to the package's name.")
    uploader = _ArgumentField(help_text="Defaults to the package's uploader.")
    downloader = _ArgumentField(help_text="Defaults to your own name.")
    zip_path = _ArgumentField(help_text="Defaults to the package's path.")
    now = serializers.DateTimeField(
        required=False, allow_null=True, help_text="What time it is to the policy; defaults to now."
    )
    timezone = serializers.CharField(
        required=False, allow_null=True, max_length=64, help_text=f"{_ZONE} Defaults to the policy's."
    )
    history = serializers.BooleanField(
        required=False, default=False, help_text="Try the newest past downloads too, each at its own time."
    )


class ReplayedSerializer(serializers.Serializer[Any]):
    """A past download: what came of it, and what this policy would have said."""

    user = serializers.CharField(source="download.user.username", default=None, allow_null=True)
    timestamp = serializers.DateTimeField(source="download.timestamp")
    kind = serializers.ChoiceField(Download.Kind.choices, source="download.kind")
    outcome = serializers.ChoiceField(Download.Outcome.choices, source="download.outcome")
    approved = serializers.BooleanField(source="verdict.approved")
    code = serializers.ChoiceField(CODES, source="verdict.code")
    reason = serializers.CharField(source="verdict.reason", allow_blank=True)


class HistorySerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="All past downloads.")
    considered = serializers.IntegerField(help_text="How many of the newest were tried.")
    refused = serializers.IntegerField(help_text="How many of these the policy would have refused.")
    decisions = ReplayedSerializer(many=True)


class TriedSerializer(serializers.Serializer[Any]):
    approved = serializers.BooleanField()
    code = serializers.ChoiceField(CODES)
    reason = serializers.CharField(allow_blank=True)
    duration_ms = serializers.FloatField()
    lockdown = serializers.DictField(
        child=serializers.CharField(), help_text="The layers around the policy: held, or what is missing."
    )
    history = HistorySerializer(required=False)
