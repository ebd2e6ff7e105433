"""What could not be reached lately, so that a host that is down costs one package its time and not every package."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from metrics_app.domain.evidence import Missing

REASON_CHARACTERS = 500


@dataclass(frozen=True)
class Outages:
    """Notes in `folder`, shared by all processes of this machine; each is believed for `seconds`."""

    folder: Path
    seconds: float

    def known(self, what: str) -> Missing | None:
        """Why `what` (a host, a repository) is not worth asking now; None where it is."""
        note = self._note(what)
        try:
            age = time.time() - note.stat().st_mtime
            if age < self.seconds:
                return Missing(f"{note.read_text(encoding='utf-8')} Tried {age:.0f} seconds ago.", "unavailable")
            note.unlink(missing_ok=True)
        except OSError:
            pass
        return None

    def noted(self, what: str, missing: Missing) -> Missing:
        """`missing`, remembered as what became of `what`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._note(what).write_text(missing.reason[:REASON_CHARACTERS], encoding="utf-8")
        return missing

    def _note(self, what: str) -> Path:
        return self.folder / hashlib.sha256(what.encode()).hexdigest()[:32]
