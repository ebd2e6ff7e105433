"""Small real Git repositories, made by real git commands."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ADA, BEN, EVE = "Ada <ada@example.org>", "Ben <ben@example.org>", "Eve <eve@example.org>"


@dataclass
class Repository:
    """A repository at `path`; every commit is a minute later than the one before, so that histories are the same each time."""

    path: Path
    clock: int = 1_700_000_000

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, author: str = ADA) -> str:
        name, _, email = author.rstrip(">").partition(" <")
        who = {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
        }
        self.clock += 60
        when = {"GIT_AUTHOR_DATE": f"{self.clock} +0000", "GIT_COMMITTER_DATE": f"{self.clock} +0000"}
        quiet = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=who | when | quiet, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, author: str = ADA, message: str = "Change", **files: str | None) -> str:
        """Commit `files`, their contents by path with `__` for `/` and `_` before the ending (`a_py`); None deletes.

        Gives the commit's hash.
        """
        for key, text in files.items():
            stem, _, ending = key.replace("__", "/").rpartition("_")
            if text is None:
                self.git("rm", "--quiet", f"{stem}.{ending}")
            else:
                self.write(f"{stem}.{ending}", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, author=author)
        return self.git("rev-parse", "HEAD")


def lines(count: int, word: str = "line") -> str:
    return "".join(f"{word} {number}\n" for number in range(count))
