"""The well-known names that uploads are compared with even where the registry does not hold them."""

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "popular_names.json"


@cache
def popular_names() -> frozenset[str]:
    """Models of Hugging Face and packages of npm; the file says where they come from and as of when.

    A name among them is the original itself: compare it with the names held, not with this list.
    """
    listed = json.loads(_FILE.read_text(encoding="utf-8"))
    return frozenset(listed["models"]) | frozenset(listed["npm"])
