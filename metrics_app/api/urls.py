from django.urls import path

from metrics_app.api.views import PackageMetrics

urlpatterns = [path("package/<uuid:package_id>/metrics", PackageMetrics.as_view(), name="package-metrics")]
