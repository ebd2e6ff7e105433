"""Writes what pgbouncer.ini includes: where the database is, the password of its role, a certificate for the clients.

Run before PgBouncer starts, and every five minutes after, so that a password rotated in Secrets Manager is followed.
"""

import os
import subprocess
import sys
from pathlib import Path

from registry_project.secrets_manager import environment_from

#: The one role that signs in through PgBouncer, and its database of the same name.
ROLE = "registry"


def databases(address: str) -> str:
    return f"[databases]\n{ROLE} = host={address} port=5432 dbname={ROLE}\n"


def userlist(password: str) -> str:
    """PgBouncer's list of users; quotes are doubled, as its parser wants them."""
    doubled = password.replace('"', '""')
    return f'"{ROLE}" "{doubled}"\n'


def write(path: Path, content: str) -> None:
    """Replace the file at once, readable by its owner alone."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    temporary.replace(path)


def make_certificate(directory: Path) -> None:
    """A key of this machine's own, for a month; clients ask for encryption, inside a network that is ours."""
    if (directory / "server.crt").exists():
        return
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "30",
    ]
    files = [
        "-subj",
        "/CN=registry-pooler",
        "-keyout",
        str(directory / "server.key"),
        "-out",
        str(directory / "server.crt"),
    ]
    subprocess.run([*command, *files], check=True, capture_output=True)  # noqa: S603 - our own words
    (directory / "server.key").chmod(0o600)


def prepare(directory: Path) -> None:
    """Write all of it. Raises SecretUnreadable, or KeyError for a variable that isn't set."""
    password = environment_from(os.environ["REGISTRY_SECRETS"].split())["PGPASSWORD"]
    write(directory / "databases.ini", databases(os.environ["REGISTRY_DATABASE_ADDRESS"]))
    write(directory / "userlist.txt", userlist(password))
    make_certificate(directory)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
