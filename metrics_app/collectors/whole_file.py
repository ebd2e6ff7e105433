"""Files that others read while they are written."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, text: str) -> None:
    """Put `text` in place at once, so that no reader sees half of it; of several writers, threads too, the last stays."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f"{path.name}.", delete=False) as new:
        new.write(text)
    os.replace(new.name, path)  # noqa: PTH105 - of a name, not of a Path
