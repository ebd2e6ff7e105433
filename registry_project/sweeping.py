"""What every host with workers does every few seconds, of all rooms."""

from packages_app.services import sweep as packages
from registry_project.watching.watch import WATCH


def sweep() -> None:
    """Sweep the packages, and tell how things stand."""
    packages.sweep()
    WATCH.keep()
