"""What several processes count into one directory."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

_COUNT = """
import os, socket, sys
socket.gethostname, os.getpid = lambda: sys.argv[1], lambda: 7
import django
django.setup()
from registry_project.watching.numbers import DEAD_LETTERS
from registry_project.watching.telling import tell
tell(DEAD_LETTERS)
"""


def test_containers_with_processes_of_one_number_are_added_up(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "registry_project.settings",
        "REGISTRY_DATA_DIR": str(tmp_path),
    }
    for host in ("web", "worker", "web"):
        subprocess.run([sys.executable, "-c", _COUNT, host], env=environment, check=True)
    counted = CollectorRegistry()
    MultiProcessCollector(counted, path=str(tmp_path / "prometheus"))  # type: ignore[no-untyped-call]  # the client's own
    assert counted.get_sample_value("registry_dead_letters_total") == 3
