"""Uploads in parts against PostgreSQL and local storage: what is taken, refused, found again, and swept."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from django.db.models.functions import Now
from django_q.models import OrmQ
from pytest_django import Settings

from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app import errors
from packages_app.domain.parts import MIB, PartRange
from packages_app.local_parts import LocalParts, is_part_url
from packages_app.models import Job, MultipartUpload, Package, Policy, RetiredVersion, UploadPart
from packages_app.s3_parts import TooScattered
from packages_app.services.accept import Labels
from packages_app.services.multipart import (
    Declared,
    abandon_upload,
    begin_upload,
    complete_upload,
    held_parts,
    ranges_of,
    receive_part,
    sweep_uploads,
)
from packages_app.services.sweep import sweep_leftovers
from packages_app.storage import objects
from registry_project.pipeline import run
from tests.factories.accounts import UserFactory
from tests.factories.archives import model_package, npm_package, zipped
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db(transaction=True)
PART = 5 * MIB


@pytest.fixture(autouse=True)
def own_directories(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.SPOOL_DIR = tmp_path / "spool"
    for found in list(objects().walk()):
        objects().delete(found.key)


@pytest.fixture
def owner() -> User:
    return UserFactory.create(permissions=["upload"])


def big_package(name: str = "org/big", version: str = "1.0.0") -> bytes:
    """Two parts and a bit."""
    config = f'{{"name": "{name}", "version": "{version}"}}'
    return zipped({"config.json": config, "model.bin": bytes(2 * PART), "README.md": "# It"}, compression=0)


def begun(
    owner: User, data: bytes, *, hashed: bool = False, sha256: str | None = None, **labels: Any
) -> MultipartUpload:
    parts = [data[at : at + PART] for at in range(0, len(data), PART)]
    hashes = [hashlib.sha256(part).hexdigest() for part in parts] if hashed else []
    whole = hashlib.sha256(data).hexdigest() if sha256 is None else sha256
    return begin_upload(owner=owner, declared=Declared(len(data), whole, PART, hashes), labels=Labels(**labels))


def send(upload: MultipartUpload, data: bytes, *numbers: int) -> None:
    for part in ranges_of(upload):
        if not numbers or part.number in numbers:
            chunk = data[part.offset : part.offset + part.size]
            sha256 = receive_part(upload_id=upload.pk, number=part.number, length=len(chunk), chunks=[chunk])
            assert sha256 == hashlib.sha256(chunk).hexdigest()


def completed(upload: MultipartUpload) -> Job:
    return complete_upload(MultipartUpload.objects.get(pk=upload.pk), etags={})


@pytest.mark.parametrize("sha256", [None, ""])
def test_upload_in_parts_becomes_a_package_like_any_other(owner: User, sha256: str | None) -> None:
    data = big_package()
    upload = begun(owner, data, sha256=sha256)
    send(upload, data)
    job = completed(upload)
    package = Package.objects.get()
    assert (package.name, package.version, package.status, package.size_bytes) == (
        "org/big",
        "1.0.0",
        "pending",
        len(data),
    )
    assert (job.package, job.owner, OrmQ.objects.count()) == (package, owner, 1)
    assert completed(upload) == job
    assert OrmQ.objects.count() == 1

    run(str(job.pk))
    package.refresh_from_db()
    assert (package.status, package.sha256) == ("ready", hashlib.sha256(data).hexdigest())
    with objects().opened(package.object_key) as file:
        assert file.read() == data
    assert not objects().exists(upload.object_key)
    assert completed(upload) == job


def test_parts_arrive_at_once_and_are_not_copied(owner: User, settings: Settings) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data, 3, 1, 2)
    before = (settings.UPLOADS_DIR / str(upload.pk)).stat().st_ino
    completed(upload)
    assert (settings.OBJECTS_DIR / "staging" / str(upload.pk)).stat().st_ino == before
    assert list(settings.UPLOADS_DIR.iterdir()) == []


def test_upload_that_was_cut_short_is_found_again(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data, 1, 3)
    again = begun(owner, data, name="org/renamed", version="2.0.0")
    assert (again.pk, set(held_parts(again))) == (upload.pk, {1, 3})
    send(again, data, 2)
    assert completed(again).name == "org/renamed"
    assert begun(owner, data, name="org/another").pk != upload.pk


def test_upload_whose_parts_alone_are_hashed_is_found_again(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data, hashed=True, sha256="")
    send(upload, data, 2)
    again = begun(owner, data, hashed=True, sha256="", version="2.0.0")
    assert (again.pk, set(held_parts(again)), again.labels["version"]) == (upload.pk, {2}, "2.0.0")
    assert begun(owner, data[:-1] + b"x", hashed=True, sha256="").pk != upload.pk
    assert begun(owner, data, hashed=True).pk != upload.pk


def test_uploads_of_others_or_without_hash_are_not_found_again(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data, sha256="")
    assert begun(owner, data, sha256="").pk != upload.pk
    assert begun(UserFactory.create(), data).pk != begun(owner, data).pk


def test_missing_parts_are_named(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data, 2)
    with pytest.raises(errors.PartsMissing, match="Parts are missing: 1, 3;"):
        completed(upload)


def test_other_etags_than_those_held_are_refused(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data)
    with pytest.raises(errors.PartsMissing, match="Part 2 is not the one"):
        complete_upload(upload, etags={1: held_parts(upload)[1].etag, 2: "0" * 64})
    complete_upload(upload, etags={number: part.etag for number, part in held_parts(upload).items()})


@pytest.mark.parametrize(
    ("sent", "length", "code"),
    [
        (PART, PART - 1, "wrong_length"),
        (PART, PART + 1, "wrong_length"),
        (PART - 1, PART, "wrong_length"),
        (0, 0, "wrong_length"),
    ],
)
def test_part_of_another_length_is_refused(owner: User, sent: int, length: int, code: str) -> None:
    upload = begun(owner, big_package())
    with pytest.raises(errors.WrongPart) as refused:
        receive_part(upload_id=upload.pk, number=1, length=length, chunks=[bytes(sent)])
    assert refused.value.code == code
    assert held_parts(upload) == {}


def test_part_of_another_hash_is_refused(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data, hashed=True)
    send(upload, data, 1)
    with pytest.raises(errors.WrongPart) as refused:
        receive_part(upload_id=upload.pk, number=2, length=PART, chunks=[b"\1" * PART])
    assert refused.value.code == "wrong_hash"
    assert set(held_parts(upload)) == {1}


def test_part_can_be_replaced_until_all_is_whole(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data)
    receive_part(upload_id=upload.pk, number=2, length=PART, chunks=[b"\1" * PART])
    send(upload, data)
    job = completed(upload)
    with pytest.raises(errors.UploadClosed):
        send(upload, data, 1)
    run(str(job.pk))
    assert Package.objects.get().status == "ready"


@pytest.mark.parametrize("number", [0, 4, 10_000])
def test_part_that_is_none_is_not_found(owner: User, number: int) -> None:
    with pytest.raises(errors.UploadNotFound):
        receive_part(upload_id=begun(owner, big_package()).pk, number=number, length=PART, chunks=[])


def test_wrong_whole_hash_ends_the_job_and_frees_the_name(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data, sha256="0" * 64)
    send(upload, data)
    job = completed(upload)
    run(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error_code, job.package) == ("failed", "wrong_hash", None)
    assert (Package.objects.count(), list(objects().walk())) == (0, [])


def test_what_is_no_package_is_kept_no_longer(owner: User, settings: Settings) -> None:
    data = os.urandom(PART + 1)
    upload = begun(owner, data)
    send(upload, data)
    with pytest.raises(errors.InvalidPackage):
        completed(upload)
    assert (MultipartUpload.objects.count(), list(objects().walk()), list(settings.UPLOADS_DIR.iterdir())) == (
        0,
        [],
        [],
    )


def test_taken_name_is_told_before_the_bytes_come(owner: User) -> None:
    PackageFactory.create(name="org/big", version="1.0.0")
    with pytest.raises(errors.NameTaken):
        begun(owner, big_package(), name="org/big", version="1.0.0")
    RetiredVersion.objects.create(name="org/big", version="2.0.0", sha256="0" * 64)
    with pytest.raises(errors.VersionRetired):
        begun(owner, big_package(), name="org/big", version="2.0.0")


def test_name_taken_at_the_end_costs_no_second_sending(owner: User) -> None:
    PackageFactory.create(name="org/big", version="1.0.0")
    data = big_package()
    upload = begun(owner, data)
    send(upload, data)
    with pytest.raises(errors.NameTaken):
        completed(upload)
    again = begun(owner, data, version="1.0.1")
    assert (again.pk, set(held_parts(again))) == (upload.pk, {1, 2, 3})
    assert completed(again).version == "1.0.1"


def test_retired_version_is_told_by_the_job_where_no_hash_was_declared(owner: User) -> None:
    RetiredVersion.objects.create(name="org/big", version="1.0.0", sha256="0" * 64)
    data = big_package()
    upload = begun(owner, data, sha256="")
    send(upload, data)
    job = completed(upload)
    run(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "version_retired")


def test_completing_goes_on_where_a_crash_cut_it(owner: User) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data)
    MultipartUpload.objects.update(status="whole")
    objects().assemble(upload.object_key, "")
    assert completed(upload).package is not None


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (Declared(PART, "", PART, ["0" * 64, "0" * 64]), "has 1 parts"),
        (Declared(5000 * PART, "", PART), "too small"),
        (Declared(10**15), "at most"),
    ],
)
def test_impossible_sizes_are_refused(owner: User, declared: Declared, said: str) -> None:
    with pytest.raises(Refused, match=said):
        begin_upload(owner=owner, declared=declared, labels=Labels())


@pytest.mark.parametrize("labels", [{"name": "no good!"}, {"version": "a b"}])
def test_bad_labels_are_refused_at_once(owner: User, labels: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        begun(owner, big_package(), **labels)


def test_archive_too_scattered_to_be_looked_into_needs_a_name(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def scattered(*_: object) -> None:
        raise TooScattered

    data = npm_package("it", "1.0.0")
    upload = begun(owner, data)
    send(upload, data)
    with monkeypatch.context() as patched:
        patched.setattr("packages_app.services.multipart.identify", scattered)
        with pytest.raises(Refused, match="declares no name"):
            completed(upload)
        begun(owner, data, name="it", version="1.0.0")
        job = completed(upload)
    run(str(job.pk))
    assert (Package.objects.get().status, Package.objects.get().kind) == ("ready", "npm")


def test_policy_comes_with_the_upload_and_is_tried_before_the_bytes_come(owner: User) -> None:
    data = big_package()
    with pytest.raises(errors.PolicyUnfit):
        begun(owner, data, js_policy="this is no JavaScript")
    upload = begun(owner, data, js_policy="function validateDownload() { return { approved: true }; }")
    send(upload, data)
    completed(upload)
    assert Policy.objects.get().package.is_sensitive


def test_uploads_under_way_are_bounded(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages_app.services.multipart._MOST_OPEN", 1)
    begun(owner, big_package())
    begun(UserFactory.create(), big_package())
    with pytest.raises(errors.TooManyUploads):
        begun(owner, big_package("org/other"))


def test_full_disk_is_told_before_the_bytes_come(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packages_app.local_parts.LocalParts.room", lambda _: 100)
    with pytest.raises(errors.NoRoom):
        begun(owner, big_package())


def test_given_up_upload_leaves_nothing(owner: User, settings: Settings) -> None:
    data = big_package()
    upload = begun(owner, data)
    send(upload, data, 1)
    abandon_upload(upload)
    assert (MultipartUpload.objects.count(), UploadPart.objects.count(), list(settings.UPLOADS_DIR.iterdir())) == (
        0,
        0,
        [],
    )
    with pytest.raises(errors.UploadNotFound):
        send(upload, data, 2)


def test_abandoned_uploads_go_and_others_stay(owner: User, settings: Settings) -> None:
    data = big_package()
    kept, left = begun(owner, data), begun(owner, big_package("org/left"))
    accepted = begun(owner, big_package("org/accepted"))
    send(accepted, big_package("org/accepted"))
    job = completed(accepted)
    stray = settings.UPLOADS_DIR / str(uuid4())
    stray.write_bytes(b"half")
    for path in (stray, settings.UPLOADS_DIR / str(kept.pk)):
        os.utime(path, (0, 0))
    MultipartUpload.objects.exclude(pk=kept.pk).update(touched_at=Now() - timedelta(days=2))
    assert sweep_uploads() == 3
    assert sweep_uploads() == 0
    assert {upload.pk for upload in MultipartUpload.objects.all()} == {kept.pk}
    assert {path.stem for path in settings.UPLOADS_DIR.iterdir()} == {str(kept.pk)}
    assert objects().exists(f"staging/{accepted.pk}")
    run(str(job.pk))
    assert Package.objects.get().status == "ready"
    assert not left.job_id


def test_whole_upload_whose_name_was_taken_survives_the_sweep_of_orphans(owner: User, settings: Settings) -> None:
    data = model_package("org/small", "1.0.0")
    upload = begun(owner, data)
    send(upload, data)
    objects().assemble(upload.object_key, "")
    path = settings.OBJECTS_DIR / upload.object_key
    os.utime(path, (0, 0))
    assert sweep_leftovers() == 0
    MultipartUpload.objects.all().delete()
    assert sweep_leftovers() == 1
    assert not path.exists()
    assert UUID(path.name) == upload.pk


@pytest.mark.parametrize(("later", "number", "is_good"), [(3590, 3, True), (3610, 3, False), (0, 2, False)])
def test_url_is_for_one_part_and_an_hour(
    monkeypatch: pytest.MonkeyPatch, later: int, number: int, *, is_good: bool
) -> None:
    url = LocalParts().part_url("staging/it", "", PartRange(3, 0, 1), "")
    signature = parse_qs(urlsplit(url).query)["signature"][0]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + later)
    assert is_part_url("it", number, signature) is is_good
