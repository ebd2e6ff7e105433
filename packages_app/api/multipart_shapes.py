"""The shapes of uploads in parts."""

from typing import Any

from rest_framework import serializers

from accounts_app.api.shapes import StrictSerializer
from packages_app.domain.parts import LEAST_PART_BYTES, MOST_PART_BYTES, MOST_PARTS
from packages_app.models import MultipartUpload

_MOST_DESCRIPTION = 10_000
_MOST_POLICY = 100_000
_LARGEST = 2**63 - 1


class Sha256Field(serializers.RegexField):
    def __init__(self, **more: Any) -> None:
        super().__init__(
            r"\A[0-9a-f]{64}\Z",
            help_text=more.pop("help_text", "64 hexadecimal digits, in lower case"),
            error_messages={"invalid": "A SHA-256 has 64 hexadecimal digits, in lower case, as sha256sum prints them."},
            **more,
        )


class BeginUploadSerializer(StrictSerializer):
    size_bytes = serializers.IntegerField(min_value=1, max_value=_LARGEST, help_text="Of the whole file.")
    sha256 = Sha256Field(
        required=False,
        help_text="Of the whole file; checked in the end, and what an upload that was cut short is found again by.",
    )
    part_bytes = serializers.IntegerField(
        required=False,
        min_value=LEAST_PART_BYTES,
        max_value=MOST_PART_BYTES,
        help_text="How large every part but the last is to be; chosen for you when left out.",
    )
    part_sha256s = serializers.ListField(
        child=Sha256Field(),
        required=False,
        max_length=MOST_PARTS,
        help_text="Of each part, in their order; a part that arrives with another is refused. Without the whole's, an upload "
        "that was cut short is found again by these.",
    )
    name = serializers.CharField(required=False, max_length=255, help_text="Defaults to what the manifest declares.")
    version = serializers.CharField(required=False, max_length=64, help_text="Defaults to what the manifest declares.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=_MOST_DESCRIPTION)
    is_sensitive = serializers.BooleanField(required=False, default=False)
    js_policy = serializers.CharField(
        required=False, max_length=_MOST_POLICY, trim_whitespace=False, help_text="The source of a JavaScript policy."
    )


class PartSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="Where in the file it begins.")
    size_bytes = serializers.IntegerField(help_text="Exactly this many; its request declares them as Content-Length.")
    is_held = serializers.BooleanField()
    etag = serializers.CharField(
        allow_null=True, help_text="Of a part that is held: its SHA-256 on local storage, what S3 calls it there."
    )
    url = serializers.URLField(
        allow_null=True,
        help_text="Where to PUT the part's bytes, without credentials, for an hour; ask again for a fresh one.",
    )
    headers = serializers.DictField(child=serializers.CharField(), help_text="What to send with it.")


class MultipartUploadSerializer(serializers.Serializer[Any]):
    upload_id = serializers.UUIDField()
    status = serializers.ChoiceField(MultipartUpload.Status.choices)
    size_bytes = serializers.IntegerField()
    part_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(allow_blank=True)
    expires_in = serializers.IntegerField(help_text="seconds that the parts' URLs work")
    job_id = serializers.UUIDField(allow_null=True)
    parts = PartSerializer(many=True)


class PartETagSerializer(StrictSerializer):
    number = serializers.IntegerField(min_value=1, max_value=MOST_PARTS)
    etag = serializers.CharField(max_length=200, help_text="As the part's answer had it, with or without quotes.")


class CompleteUploadSerializer(StrictSerializer):
    parts = PartETagSerializer(
        many=True, required=False, help_text="What you got back for each part; compared with what is held."
    )
