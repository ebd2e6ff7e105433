"""Where packages came from."""

from packages_app.models import Origin, Package
from packages_app.sources.contract import Provenance


def provenance_of(package: Package) -> Provenance | None:
    """The repository or npm package that `package` was ingested from; None when it was uploaded."""
    origin = Origin.objects.filter(package=package).first()
    if origin is None:
        return None
    return Provenance("npm" if origin.provider == "npm" else "huggingface", origin.identity, origin.revision)
