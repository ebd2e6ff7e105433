"""The worker: django-q's cluster, and the sweep that clears up after whatever was cut short."""

import logging
import signal
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections
from django_q import cluster as cluster_module
from django_q.cluster import Cluster

from registry_project.stack.lasting_queue import LastingQueue

_SWEEP_SECONDS = 5.0
_LOOK_SECONDS = 1.0

logger = logging.getLogger(__name__)


def work(sweep: Callable[[], object], warm_up: Callable[[], object]) -> None:
    """Run queued tasks, and `sweep` every five seconds, until SIGTERM. A failing sweep is logged and tried again.

    `warm_up` is called once, beside them: for what would make the first who needs it wait.

    Ends with status 1 when the cluster's sentinel ends by itself, which django-q would pass over in silence.
    """
    asked = threading.Event()
    cluster_module.Queue = LastingQueue
    cluster = Cluster()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: asked.set())  # in place of the cluster's, which would stop it inside a sweep
    cluster.start()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    swept = -_SWEEP_SECONDS
    while True:
        if time.monotonic() - swept >= _SWEEP_SECONDS:
            _sweep(sweep)
            swept = time.monotonic()
        if asked.wait(_LOOK_SECONDS):
            break
        if not cluster.sentinel.is_alive():
            logger.error("The queue's sentinel ended by itself.")
            raise SystemExit(1)
    cluster.stop()


def _sweep(sweep: Callable[[], object]) -> None:
    close_old_connections()
    try:
        sweep()
    except Exception:
        logger.exception("The sweep failed; it is tried again in %g s.", _SWEEP_SECONDS)
