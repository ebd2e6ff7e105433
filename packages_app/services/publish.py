"""The second half of a package's story: what was inspected becomes objects and rows, all of it or none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.contrib.postgres.search import SearchVector
from django.db.models import F, TextField, Value
from django.db.models.functions import Coalesce, Left, NullIf

from packages_app.archive import Archive
from packages_app.inspection import InspectedFile, Inspection
from packages_app.models import Card, File, Package
from packages_app.services.jobs import Claim
from packages_app.services.policies import store_policy
from packages_app.storage import objects

_SEARCHED_CHARACTERS = 200_000
_FILES_A_BATCH = 2_000
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file and, where it has one, the key of its own object."""

    file: InspectedFile
    object_key: str | None


def store_objects(
    package: Package, staging_key: str, archive: Archive, inspection: Inspection, tell: Callable[[float], None]
) -> Sequence[StoredFile]:
    """Put a package's objects at their final keys: the archive, its weights, its config.json. Repeating it is harmless."""
    objects().place(staging_key, package.object_key)
    own = [file for file in inspection.files if file.is_weight or file.path == "config.json"]
    total = sum(file.member.size for file in own) or 1
    keys: dict[str, str] = {}
    done = 0
    for file in own:
        keys[file.path] = f"{package.prefix}/{object_name(file.path)}"
        objects().write(keys[file.path], archive.stream(file.member, _CHUNK_BYTES))
        done += file.member.size
        tell(done / total)
    return [StoredFile(file, keys.get(file.path)) for file in inspection.files]


def object_name(path: str) -> str:
    """The last segment of the key of a file's own object: its name, told apart from its namesakes in other folders."""
    folder, _, name = path.rpartition("/")
    return f"{sha256(folder.encode()).hexdigest()[:12]}-{name[-200:]}" if folder else name


def publish_package(claim: Claim, package: Package, *, inspection: Inspection, files: Sequence[StoredFile]) -> None:
    """Make the claim's package ready and end its job, if the fence still holds. Joins the caller's transaction, in which
    the other apps write what they know of the package. Raises LeaseLost."""
    claim.finish()
    package.status = Package.Status.READY
    package.save(update_fields=["status"])
    _write_card(package, inspection)
    _write_files(package, files)
    store_policy(package)


def _write_card(package: Package, inspection: Inspection) -> None:
    """In one statement, since each writes all the card's words into their indexes."""
    text = inspection.manifests.model_card.text if inspection.manifests.model_card else ""
    description = Coalesce(
        NullIf(F("description"), Value(""), output_field=TextField()),
        Value(inspection.manifests.description or "", output_field=TextField()),
    )
    spaced = Value(" ".join([package.name, package.name.replace("-", " ").replace("_", " ").replace("/", " ")]))
    Card.objects.filter(package=package).update(
        description=description,
        text=text,
        search=SearchVector(spaced, weight="A", config="simple")
        + SearchVector(Left(description, _SEARCHED_CHARACTERS), weight="B", config="english")
        + SearchVector(Value(text[:_SEARCHED_CHARACTERS]), weight="C", config="english"),
    )


def _write_files(package: Package, files: Sequence[StoredFile]) -> None:
    File.objects.filter(package=package).delete()
    rows = [
        File(
            package=package,
            path=stored.file.path,
            size=stored.file.member.size,
            sha256=stored.file.sha256,
            offset=stored.file.member.offset,
            compressed_size=stored.file.member.compressed_size,
            compression=stored.file.member.method,
            is_weight=stored.file.is_weight,
            object_key=stored.object_key,
            verdict=stored.file.scan.verdict,
            findings=list(stored.file.scan.told),
        )
        for stored in files
    ]
    File.objects.bulk_create(rows, batch_size=_FILES_A_BATCH)
