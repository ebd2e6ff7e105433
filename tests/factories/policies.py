"""Policies as tests need them, and packages that have them."""

from typing import Any

from packages_app.models import Package
from packages_app.services.policies import keep_policy
from tests.factories.accounts import UserFactory
from tests.factories.packages import PackageFactory

#: Only people of the uploader's organisation, which is what stands before the dot in their names.
SAME_ORGANISATION = """
function validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH) {
  const organisation = UPLOADER.split(".")[0];
  if (DOWNLOADER.startsWith(organisation + ".")) return { approved: true };
  return { approved: false, reason: MODEL_NAME + " is for " + organisation + " alone." };
}
"""
#: Only at night, by the policy's own clock.
AT_NIGHT = """
module.exports = { validateDownload: () => (
  new Date().getHours() < 6 ? { approved: true } : { approved: false, reason: "Downloads open at midnight." }
) };
"""
ENDLESS = "function validateDownload() { for (;;); }"


def guarded_package(source: str = SAME_ORGANISATION, *, zone: str = "UTC", **fields: Any) -> Package:
    """A ready, sensitive package whose uploader gave it the policy `source`, unchecked."""
    uploader = fields.pop("uploader", None) or UserFactory.create(permissions=["upload", "download"])
    package = PackageFactory.create(uploader=uploader, **fields)
    keep_policy(package, source=source, by=uploader, timezone=zone)
    package.refresh_from_db()
    return package
