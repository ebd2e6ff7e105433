"""A PostgreSQL for every run of the tests: a plugin (`-p tests.embedded`) that comes before Django's settings.

The process that starts the run starts the server, in a directory that goes away with it; pytest-xdist's workers find it
through the environment, and have a database and a data directory each. With DATABASE_URL set, that server is used instead.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from registry_project.stack.postgres import FLEETING, Postgres, socket_directory

_RUN = "REGISTRY_TESTS_DATA_DIR"
_started_here = _RUN not in os.environ
if _started_here:
    os.environ[_RUN] = tempfile.mkdtemp(prefix="registry-tests-")
_data_dir = Path(os.environ[_RUN])
_own_dir = _data_dir / os.environ.get("PYTEST_XDIST_WORKER", "")
if _own_dir != _data_dir and not _own_dir.exists():
    socket_directory(_own_dir).parent.mkdir(parents=True)
    socket_directory(_own_dir).symlink_to(socket_directory(_data_dir))
#: Whatever a developer's shell says, tests never touch data that somebody keeps.
os.environ["REGISTRY_DATA_DIR"] = str(_own_dir)
# Nor do they ask anybody on the Internet, whatever a package links to.
os.environ["REGISTRY_GIT_HOSTS"] = "nowhere.invalid"
# Nor do they write what they ask of the registry beside what they ask for; those that want it say so.
os.environ["REGISTRY_ACTIVITY_SECONDS"] = "0"
for secret in ("GITHUB_TOKEN", "HF_TOKEN"):
    os.environ.pop(secret, None)
_server = Postgres(_data_dir, FLEETING)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores, for `-n auto`: half of what the tests do is waiting."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    if _started_here and not os.environ.get("DATABASE_URL"):
        _server.start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if _started_here:
        _server.stop()
        shutil.rmtree(_data_dir, ignore_errors=True)
