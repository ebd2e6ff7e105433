"""Large files: begun, received part by part, made one object, accepted as any upload is; or given up.

The parts gather where the object will be: in a file on the disk of local objects, in a multipart upload on S3. Nothing is
copied when the last one has come. What is sent twice, or after a crash, takes effect once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app import errors
from packages_app.domain.parts import HeldPart, InvalidParts, PartRange, cut, usual_part_bytes
from packages_app.errors import InvalidPackage
from packages_app.local_parts import part_file
from packages_app.models import Job, MultipartUpload, Package, UploadPart
from packages_app.part_file import Superseded
from packages_app.s3_parts import TooScattered
from packages_app.services.accept import Identity, Labels, check_label, identify, queue_processing, refuse_taken
from packages_app.services.policies import check_policy
from packages_app.storage import objects

_MOST_OPEN = 50
_SHOWN = 5  # numbers of missing parts
_Status = MultipartUpload.Status


@dataclass(frozen=True)
class Declared:
    """What a sender says of a file: its bytes, and in hexadecimal or empty the SHA-256 of all and of each part."""

    size: int
    sha256: str = ""
    part_bytes: int | None = None
    part_sha256s: Sequence[str] = ()


def begin_upload(*, owner: User, declared: Declared, labels: Labels) -> MultipartUpload:
    """An upload to send parts to: where `owner` has one of the same hashes and size under way, that one, relabelled.

    Raises PackageTooLarge, NoRoom, TooManyUploads, Refused, PolicyUnfit; NameTaken and VersionRetired as far as they can be
    known.
    """
    if declared.size > settings.UPLOAD_LIMIT_BYTES:
        raise errors.PackageTooLarge(
            f"The upload declares {declared.size:,} bytes; this registry takes at most {settings.UPLOAD_LIMIT_BYTES:,}."
        )
    _refuse_labels(labels, declared.sha256)
    part_bytes = declared.part_bytes or usual_part_bytes(declared.size)
    _refuse_cut(declared, part_bytes)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # one beginning at a time, so that none is begun twice
        under_way = MultipartUpload.objects.filter(owner=owner, status__in=[_Status.OPEN, _Status.WHOLE])
        found = _same(under_way, declared, part_bytes).first()
        if found is not None:
            found.labels = asdict(labels)
            MultipartUpload.objects.filter(pk=found.pk).update(labels=found.labels, touched_at=Now())
            return found
        _refuse_excess(under_way.count(), declared.size)
        upload = MultipartUpload.objects.create(
            owner=owner,
            size_bytes=declared.size,
            part_bytes=part_bytes,
            sha256=declared.sha256,
            part_sha256s=list(declared.part_sha256s),
            labels=asdict(labels),
        )
        upload.storage_id = objects().begin_parts(upload.object_key, declared.size, hashed=bool(declared.part_sha256s))
        upload.save(update_fields=["storage_id"])
    return upload


def receive_part(*, upload_id: UUID, number: int, length: int, chunks: Iterable[bytes]) -> str:
    """Write a part that comes to local storage; its SHA-256. Whoever sends it again replaces it.

    Raises UploadNotFound, UploadClosed, WrongPart, PartSuperseded.
    """
    upload, part = _part(upload_id, number, length)
    turn = _take_turn(upload, part)
    try:
        written, sha256 = part_file(upload.object_key).write(part, chunks, turn=turn)
    except Superseded as error:
        raise errors.PartSuperseded(f"Part {number} is being sent again by another request.") from error
    except FileNotFoundError as error:
        raise _gone() from error
    if written != part.size:
        raise _wrong_length(part, written)
    if upload.part_sha256s and sha256 != upload.part_sha256s[number - 1]:
        raise errors.WrongPart(
            f"Part {number} arrived with the SHA-256 {sha256}, not the declared one; send it again.", code="wrong_hash"
        )
    if not UploadPart.objects.filter(upload=upload, number=number, turn=turn).update(sha256=sha256):
        raise errors.PartSuperseded(f"Part {number} is being sent again by another request.")
    return sha256


def held_parts(upload: MultipartUpload) -> Mapping[int, HeldPart]:
    """The parts that arrived whole, by their numbers; all, once they were made one object."""
    ranges = {part.number: part for part in ranges_of(upload)}
    if upload.status != _Status.OPEN:
        return {part.number: HeldPart(part.number, part.size, "") for part in ranges.values()}
    if objects().keeps_account_of_parts:
        held = objects().held_parts(upload.object_key, upload.storage_id)
    else:
        rows = UploadPart.objects.filter(upload=upload).exclude(sha256="").order_by("number")
        held = [HeldPart(row.number, ranges[row.number].size, row.sha256) for row in rows]
    return {part.number: part for part in held if part.number in ranges and part.size == ranges[part.number].size}


def ranges_of(upload: MultipartUpload) -> Sequence[PartRange]:
    return cut(upload.size_bytes, upload.part_bytes)


def complete_upload(upload: MultipartUpload, *, etags: Mapping[int, str]) -> Job:
    """Accept the upload whose parts are all there, as accept_upload does; its job, the same when asked again.

    `etags`: of the parts as their sender got them back, compared where given. Raises PartsMissing, UploadNotFound,
    InvalidPackage (nothing is kept then), and Refused, NameTaken, VersionRetired, after which it can be begun again under
    another name without sending a part.
    """
    upload = _closed(upload, etags)
    if upload.status == _Status.ACCEPTED:
        return _job_of(upload)
    try:
        objects().assemble(upload.object_key, upload.storage_id)
        identity = _identity(upload)
    except FileNotFoundError as error:
        raise _gone() from error
    except InvalidPackage:
        abandon_upload(upload)
        raise
    return _accept(upload, identity)


def abandon_upload(upload: MultipartUpload) -> None:
    """Forget the upload and the bytes that came, unless it was accepted: then its package's job has them."""
    with transaction.atomic():
        upload = MultipartUpload.objects.select_for_update().get(pk=upload.pk)
        upload_key, storage_id, has_job = upload.object_key, upload.storage_id, upload.job_id is not None
        upload.delete()
    if not has_job:
        objects().abandon_parts(upload_key, storage_id)
        objects().delete(upload_key)


def sweep_uploads() -> int:
    """Forget uploads whose sender was last heard of long ago, and parts that no row names. Returns how many went."""
    count = 0
    stale = MultipartUpload.objects.filter(touched_at__lt=Now() - settings.ABANDONED_UPLOAD)
    for upload in stale.order_by("touched_at")[:100]:
        abandon_upload(upload)
        count += 1
    for key, storage_id in list(objects().begun_parts(older_than=settings.ABANDONED_UPLOAD)):
        try:
            known = MultipartUpload.objects.filter(pk=UUID(key.rpartition("/")[2])).exists()
        except ValueError:
            known = False
        if not known:
            objects().abandon_parts(key, storage_id)
            count += 1
    return count


def _same(uploads: QuerySet[MultipartUpload], declared: Declared, part_bytes: int) -> QuerySet[MultipartUpload]:
    """Those of the same bytes, as far as hashes tell: the whole's, or all of its parts' where the whole's is unknown."""
    if declared.sha256:
        return uploads.filter(sha256=declared.sha256, size_bytes=declared.size, part_bytes=part_bytes)
    if declared.part_sha256s:
        hashes = list(declared.part_sha256s)
        return uploads.filter(sha256="", size_bytes=declared.size, part_bytes=part_bytes, part_sha256s=hashes)
    return uploads.none()


def _refuse_labels(labels: Labels, sha256: str) -> None:
    """Find out before the bytes come what can be known to go wrong when they have come."""
    name = None if labels.name is None else check_label("name", labels.name, None)
    version = None if labels.version is None else check_label("version", labels.version, None)
    if name is not None and version is not None:
        refuse_taken(name=name, version=version, sha256=sha256)
    if labels.js_policy is not None:
        check_policy(labels.js_policy, field="js_policy")


def _refuse_cut(declared: Declared, part_bytes: int) -> None:
    try:
        count = len(cut(declared.size, part_bytes))
    except InvalidParts as error:
        raise Refused(str(error)) from error
    if declared.part_sha256s and len(declared.part_sha256s) != count:
        detail = f"The file has {count} parts of {part_bytes:,} bytes; send as many hashes, or none."
        raise Refused(detail, errors={"part_sha256s": [detail]})


def _refuse_excess(open_uploads: int, size: int) -> None:
    if open_uploads >= _MOST_OPEN:
        raise errors.TooManyUploads(f"You have {open_uploads} uploads under way; complete or delete one of them first.")
    room = objects().room()
    if room is not None and room < size:
        raise errors.NoRoom(
            f"The registry's disk has room for {room:,} bytes, not for {size:,}; ask its operator to make room."
        )


def _part(upload_id: UUID, number: int, length: int) -> tuple[MultipartUpload, PartRange]:
    upload = MultipartUpload.objects.filter(pk=upload_id).first()
    if upload is None or objects().keeps_account_of_parts:
        raise _gone()
    part = next((part for part in ranges_of(upload) if part.number == number), None)
    if part is None:
        raise _gone()
    if length != part.size:
        raise _wrong_length(part, length)
    return upload, part


def _take_turn(upload: MultipartUpload, part: PartRange) -> int:
    """From now on the part is not held, and only the request with this number may say that it is."""
    with transaction.atomic():
        _locked(upload.pk, only=_Status.OPEN)
        MultipartUpload.objects.filter(pk=upload.pk).update(touched_at=Now())
        row, is_new = UploadPart.objects.get_or_create(upload=upload, number=part.number)
        if not is_new:
            UploadPart.objects.filter(pk=row.pk).update(turn=F("turn") + 1, sha256="")
            row.refresh_from_db()
    return row.turn


def _locked(upload_id: UUID, *, only: MultipartUpload.Status | None = None) -> MultipartUpload:
    upload = MultipartUpload.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise _gone()
    if only is not None and upload.status != only:
        raise errors.UploadClosed("The upload is whole already; complete it, or begin another one.")
    return upload


def _closed(upload: MultipartUpload, etags: Mapping[int, str]) -> MultipartUpload:
    """The upload as it is now; no part of it can be changed any more."""
    with transaction.atomic():
        upload = _locked(upload.pk)
        if upload.status == _Status.ACCEPTED:
            return upload
        held = held_parts(upload)
        missing = [part.number for part in ranges_of(upload) if part.number not in held]
        if missing:
            shown = ", ".join(map(str, missing[:_SHOWN])) + (", …" if len(missing) > _SHOWN else "")
            raise errors.PartsMissing(f"Parts are missing: {shown}; GET the upload for where to send them.")
        changed = [
            number for number, etag in etags.items() if number not in held or held[number].etag not in {"", etag}
        ]
        if changed:
            raise errors.PartsMissing(f"Part {changed[0]} is not the one whose ETag you give; send it again.")
        upload.status = _Status.WHOLE
        MultipartUpload.objects.filter(pk=upload.pk).update(status=upload.status, touched_at=Now())
    return upload


def _identity(upload: MultipartUpload) -> Identity:
    """What the package is. On S3 an archive of many files far apart isn't looked into: its sender has to say, and the
    worker finds out the kind."""
    labels = Labels(**upload.labels)
    try:
        with objects().peeked(upload.object_key) as file:
            return identify(file, labels)
    except TooScattered:
        name, version = check_label("name", labels.name, None), check_label("version", labels.version, None)
        return Identity(name, version, Package.Kind.MODEL)


def _accept(upload: MultipartUpload, identity: Identity) -> Job:
    with transaction.atomic():
        locked = _locked(upload.pk)
        if locked.status == _Status.ACCEPTED:
            return _job_of(locked)
        refuse_taken(name=identity.name, version=identity.version, sha256=upload.sha256)
        locked.job = queue_processing(
            owner=upload.owner,
            identity=identity,
            labels=Labels(**upload.labels),
            size=upload.size_bytes,
            sha256=upload.sha256,
            staging_key=upload.object_key,
            request={"declared_sha256": upload.sha256},
        )
        locked.status = _Status.ACCEPTED
        locked.save(update_fields=["job", "status"])
    return locked.job


def _job_of(upload: MultipartUpload) -> Job:
    if upload.job is None:
        raise _gone()
    return upload.job


def _wrong_length(part: PartRange, length: int) -> errors.WrongPart:
    return errors.WrongPart(
        f"Part {part.number} has {part.size:,} bytes; {length:,} came. Send it again.", code="wrong_length"
    )


def _gone() -> errors.UploadNotFound:
    return errors.UploadNotFound("There is no such upload, or it is somebody else's; begin a new one.")
