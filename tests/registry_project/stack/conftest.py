import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A directory like tmp_path, in memory where there is plenty: for servers that really sync their files."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < 1024**3:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY, prefix="registry-tests-") as directory:
        yield Path(directory)
