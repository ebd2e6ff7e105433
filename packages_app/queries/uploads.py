"""Uploads in parts, for those who send them."""

from uuid import UUID

from accounts_app.models import User
from packages_app.errors import UploadNotFound
from packages_app.models import MultipartUpload


def upload_for_owner(*, upload_id: UUID, user: User) -> MultipartUpload:
    """The upload, for who began it; to others it does not exist. Raises UploadNotFound."""
    upload = MultipartUpload.objects.select_related("job", "owner").filter(pk=upload_id, owner=user).first()
    if upload is None:
        raise UploadNotFound("There is no such upload, or it is somebody else's; begin a new one.")
    return upload
