from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from registry_project import pages
from registry_project.danger_zone import danger_zone
from registry_project.docs import Docs
from registry_project.exposition import metrics
from registry_project.health import Health, live
from registry_project.metadata import Metadata
from registry_project.resetting import Reset
from registry_project.stats import Stats

urlpatterns = [
    path("", pages.home, name="home"),
    path("login", pages.sign_in),
    path("dashboard", pages.front_end),
    path("search", pages.front_end),
    path("upload", pages.front_end),
    path("package/<uuid:package_id>", pages.package),  # before the API's own, which it calls
    path("", include("accounts_app.api.urls")),
    path("", include("packages_app.api.urls")),
    path("", include("metrics_app.api.urls")),
    path("", include("lineage_app.api.urls")),
    path("package/<uuid:package_id>/metadata", Metadata.as_view(), name="package-metadata"),
    path("stats", Stats.as_view(), name="stats"),
    path("reset", Reset.as_view(), name="reset"),
    path("health", Health.as_view(), name="health"),
    path("health/live", live, name="health-live"),
    path("metrics", metrics, name="prometheus"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", Docs.as_view(url_name="schema"), name="docs"),
    path("api-auth/", include("rest_framework.urls")),
    path("admin/danger-zone/", admin.site.admin_view(danger_zone), name="danger-zone"),
    path("admin/", admin.site.urls),
]
if settings.PAGE_CHECKS:
    urlpatterns.append(path("django_axe/", include("registry_project.development")))
handler400 = "registry_project.errors.bad_request"
handler403 = "registry_project.errors.permission_denied"
handler404 = "registry_project.errors.page_not_found"
handler500 = "registry_project.errors.server_error"
