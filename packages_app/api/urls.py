from django.urls import path

from packages_app.api import multipart, policies, views
from packages_app.api.files import serve_object
from packages_app.api.jobs import Jobs

urlpatterns = [
    path("package", views.Upload.as_view(), name="upload"),
    path("package/ingest", views.Ingest.as_view(), name="ingest"),
    path("package/<uuid:package_id>", views.OnePackage.as_view(), name="package"),
    path("package/<uuid:package_id>/weights", views.Weights.as_view(), name="weights"),
    path("package/<uuid:package_id>/rate", views.Rate.as_view(), name="rate"),
    path("package/<uuid:package_id>/download-history", views.DownloadHistory.as_view(), name="download-history"),
    path("package/<uuid:package_id>/audit", views.PackageAudit.as_view(), name="package-audit"),
    path("package/<uuid:package_id>/policy", policies.PackagePolicy.as_view(), name="policy"),
    path("package/<uuid:package_id>/policy/try", policies.TryPolicy.as_view(), name="try-policy"),
    path("packages", views.Search.as_view(), name="packages"),
    path("audits", views.Audits.as_view(), name="audits"),
    path("audits/<uuid:finding_id>", views.OneFinding.as_view(), name="audit"),
    path("jobs", Jobs.as_view(), name="jobs"),
    path("job/<uuid:job_id>", views.OneJob.as_view(), name="job"),
    path("uploads", multipart.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>", multipart.OneUpload.as_view(), name="one-upload"),
    path("uploads/<uuid:upload_id>/parts/<int:number>", multipart.OnePart.as_view(), name="upload-part"),
    path("uploads/<uuid:upload_id>/complete", multipart.CompleteUpload.as_view(), name="complete-upload"),
    path("objects/<str:grant>/<str:filename>", serve_object, name="object"),
]
