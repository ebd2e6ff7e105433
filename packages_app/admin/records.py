"""What the admin site shows of what happened to packages; nobody changes it."""

from django.contrib import admin

from accounts_app.long_lists import LongList, ReadOnly
from packages_app.admin.searching import FoundByPackage
from packages_app.models import Download, PolicyVerdict, RetiredVersion, Waiver


@admin.register(RetiredVersion)
class RetiredVersionAdmin(ReadOnly, LongList):
    list_display = ("name", "version", "sha256", "retired_at")
    search_fields = ("name",)
    search_help_text = "part of a name"
    ordering = ("-id",)


@admin.register(Waiver)
class WaiverAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = ("package", "metric", "reason", "granted_by", "granted_at")
    list_select_related = ("package", "granted_by")
    ordering = ("-id",)


@admin.register(Download)
class DownloadAdmin(ReadOnly, FoundByPackage, LongList):
    """Those that were refused are also in the audit trail, by that action."""

    list_display = ("timestamp", "package", "user", "kind", "outcome", "reason", "ip_address")
    list_filter = (("timestamp", admin.DateFieldListFilter),)
    list_select_related = ("package", "user")
    ordering = ("-id",)


@admin.register(PolicyVerdict)
class PolicyVerdictAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = ("now", "package", "downloader", "code", "reason", "duration_ms")
    list_filter = ("code",)
    list_select_related = ("package",)
    ordering = ("-id",)
