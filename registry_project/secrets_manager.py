"""Secrets that lie in AWS Secrets Manager, as the environment the settings are read from."""

import json
from collections.abc import Iterable

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

#: The only variables that a secret may set: one who can write a secret shall not choose what code is loaded.
NAMES = frozenset(
    {
        "SECRET_KEY",
        "REGISTRY_OLD_SECRET_KEYS",
        "DATABASE_URL",
        "PGPASSWORD",
        "REGISTRY_ADMIN_PASSWORD",
        "REGISTRY_SANDBOX_KEY",
    }
)
_QUICKLY = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3})


class SecretUnreadable(Exception):
    """A secret can't be fetched, or isn't what it should be; says which one and why, never what is in it."""


def environment_from(arns: Iterable[str]) -> dict[str, str]:
    """The variables that the secrets at `arns` hold, each secret a JSON object of texts. Raises SecretUnreadable.

    Names that are not among NAMES are passed over: RDS and rotation keep notes of their own beside the password.
    """
    found: dict[str, str] = {}
    for arn in arns:
        held = _held(arn)
        found |= {name: value for name, value in held.items() if name in NAMES and isinstance(value, str)}
    return found


def _held(arn: str) -> dict[str, object]:
    try:
        answer = boto3.client("secretsmanager", config=_QUICKLY).get_secret_value(SecretId=arn)
        held = json.loads(answer["SecretString"])
    except (BotoCoreError, ClientError, KeyError) as wrong:
        raise SecretUnreadable(f"The secret {arn} can't be fetched: {wrong}") from wrong
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SecretUnreadable(f"The secret {arn} must hold a JSON object of texts.") from None
    return held
