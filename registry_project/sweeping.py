"""What every host with workers does every few seconds, of all rooms."""

import logging

from packages_app.services import sweep as packages
from registry_project.queueing import forward_tasks
from registry_project.watching.watch import WATCH

log = logging.getLogger(__name__)


def sweep() -> None:
    """Send the tasks that their senders could not, sweep the packages, tell how things stand."""
    try:
        forward_tasks()
    except Exception as error:  # noqa: BLE001 - a queue that is away is tried again with the next sweep
        log.warning("tasks wait in the outbox: %s", error)
    packages.sweep()
    WATCH.keep()
