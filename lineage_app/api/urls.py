from django.urls import path

from lineage_app.api.views import PackageLineage

urlpatterns = [path("package/<uuid:package_id>/lineage", PackageLineage.as_view(), name="package-lineage")]
