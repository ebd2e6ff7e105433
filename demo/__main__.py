"""`python -m demo`: fills a running registry with a small family of packages, through its HTTP API."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from demo.client import Refused, Registry, Unreachable
from demo.family import PACKAGES
from demo.filling import NotPublished, fill_in
from demo.people import signed_in_people

_LABEL_WIDTH = max(len(f"{package.name} {package.version}") for package in PACKAGES)
_ENVIRONMENT = """\
environment:
  REGISTRY_URL             where the registry answers (default: http://127.0.0.1:PORT, PORT 8000)
  REGISTRY_ADMIN_USERNAME  an administrator (default: admin)
  REGISTRY_ADMIN_PASSWORD  the administrator's password (default: what admin_password in REGISTRY_DATA_DIR holds)
  REGISTRY_DATA_DIR        the registry's data directory, if it is on this machine (default: var)
"""


class Unprepared(Exception):
    """The command can't start; `str(error)` says what to do, in one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status: 0, or 1 with a line on the standard error, or 130 when it is interrupted."""
    asked = _parser().parse_args(arguments)
    try:
        failures = _fill(Registry(asked.url), asked.username, Path(asked.data_dir))
    except (Unreachable, Unprepared) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Refused as refused:
        sys.stderr.write(f"The registry refused: {refused.detail}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; run it again to go on where it was.\n")
        return 130
    sys.stdout.write(f"Look around at {asked.url}\n" if not failures else f"{failures} of the packages failed.\n")
    return int(failures > 0)


def _parser() -> argparse.ArgumentParser:
    def set_to(name: str, default: str) -> str:
        return os.environ.get(name, "").strip() or default

    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Fills a running registry with a small family of models and npm packages, good and poor,\n"
        "through its HTTP API. What is there already stays as it is, so it can be run again.",
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    local = f"http://127.0.0.1:{set_to('PORT', '8000')}"
    parser.add_argument("--url", default=set_to("REGISTRY_URL", local), help="in place of REGISTRY_URL")
    parser.add_argument(
        "--username", default=set_to("REGISTRY_ADMIN_USERNAME", "admin"), help="in place of REGISTRY_ADMIN_USERNAME"
    )
    parser.add_argument("--data-dir", default=set_to("REGISTRY_DATA_DIR", "var"), help="in place of REGISTRY_DATA_DIR")
    return parser


def _fill(registry: Registry, username: str, data_dir: Path) -> int:
    """Sign in, register people, bring the packages; how many of them failed."""
    admin = _administrator(registry, username, data_dir)
    people = signed_in_people(registry, admin, data_dir / "demo_passwords", lambda line: _write(f"{line}\n"))
    failures = 0
    for package in PACKAGES:
        label = f"{package.name} {package.version}".ljust(_LABEL_WIDTH)
        try:
            outcome = fill_in(package, admin, people, partial(_progress, label))
        except (NotPublished, Refused) as error:
            outcome, failures = str(error), failures + 1
        _progress(label, outcome)
        _write("\n" if sys.stdout.isatty() else f"{label}  {outcome}\n")
    for session in (*people.values(), admin):
        session.sign_out()
    return failures


def _administrator(registry: Registry, username: str, data_dir: Path) -> Registry:
    """The registry as its administrator sees it. Raises Unprepared where there is no password, or a wrong one."""
    kept = data_dir / "admin_password"
    password, source = os.environ.get("REGISTRY_ADMIN_PASSWORD", ""), "REGISTRY_ADMIN_PASSWORD"
    if not password:
        try:
            password, source = kept.read_text(encoding="utf-8").strip(), str(kept)
        except OSError:
            raise Unprepared(
                f"There is no password for {username}: set REGISTRY_ADMIN_PASSWORD, or REGISTRY_DATA_DIR to the "
                f"registry's data directory ({kept} can't be read)."
            ) from None
    try:
        return registry.signed_in(username, password)
    except Refused as refused:
        if refused.status != 401:
            raise
        raise Unprepared(f"{username} can't sign in with the password from {source}: {refused.detail}") from refused


def _progress(label: str, stage: str) -> None:
    """Show how far a package is in place of what was shown before, on a terminal only."""
    if sys.stdout.isatty():
        _write(f"\r\x1b[K{label}  {stage}")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
