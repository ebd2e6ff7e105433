"""What the commands that call a registry over HTTP have in common: which one, and as whom."""

import getpass
import os

from django.core.management.base import CommandParser

from packages_app.client.calls import RegistryClient


def add_registry_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--url", default=os.environ.get("REGISTRY_URL", "http://127.0.0.1:8000"), help="of the registry"
    )
    parser.add_argument("--username", default=os.environ.get("REGISTRY_USERNAME", ""), help="or REGISTRY_USERNAME")
    parser.add_argument("--token", default=os.environ.get("REGISTRY_TOKEN", ""), help="or REGISTRY_TOKEN")


def registry_client(*, url: str, username: str, token: str) -> RegistryClient:
    """The password comes from REGISTRY_PASSWORD or is asked for, since other users see a command's arguments."""
    if token:
        return RegistryClient(url, token)
    username = username or "admin"
    password = os.environ.get("REGISTRY_PASSWORD") or getpass.getpass(f"Password of {username}: ")
    return RegistryClient(url, "", username, password)
