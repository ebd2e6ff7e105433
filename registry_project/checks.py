"""What `manage.py check --deploy` asks of a registry on several machines, beside Django's own questions."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name

_LOCAL = {"", "127.0.0.1", "localhost", "::1"}
_UNENCRYPTED = {"disable", "allow", "prefer"}


@register(Tags.security, deploy=True)
def check_production(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """Every setting that would lose data, or let somebody listen in, once there is more than one machine."""
    found = [_hosts(), _database(), _objects(), _tls(), _policies(), _password()]
    return [message for message in found if message is not None]


def _hosts() -> CheckMessage | None:
    if "*" in settings.ALLOWED_HOSTS:
        return Error("REGISTRY_ALLOWED_HOSTS must name the hosts that are ours; * is everybody.", id="registry.E001")
    if set(settings.ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]"}:
        return Error("REGISTRY_ALLOWED_HOSTS must name the host that clients ask for.", id="registry.E001")
    return None


def _database() -> CheckMessage | None:
    database = settings.DATABASES["default"]
    host = str(database.get("HOST", ""))
    if host in _LOCAL or host.startswith("/"):
        return None
    if str(database.get("OPTIONS", {}).get("sslmode", "prefer")) in _UNENCRYPTED:
        return Error(
            "DATABASE_URL must say sslmode=require, or better verify-full: the database is another machine.",
            id="registry.E002",
        )
    return None


def _objects() -> CheckMessage | None:
    if settings.SQS_QUEUE and not settings.S3_BUCKET:
        return Error(
            "REGISTRY_SQS_QUEUE needs REGISTRY_S3_BUCKET: other machines read the objects.", id="registry.E003"
        )
    if not settings.S3_BUCKET and settings.DATA_DIR is None:
        return Error("Set REGISTRY_S3_BUCKET, or REGISTRY_DATA_DIR for objects of this machine.", id="registry.E004")
    return None


def _tls() -> CheckMessage | None:
    if not settings.BEHIND_TLS:
        return Error("REGISTRY_BEHIND_TLS must be on, with a proxy in front that speaks TLS.", id="registry.E005")
    return None


def _policies() -> CheckMessage | None:
    if settings.SQS_QUEUE and settings.POLICY_SERVER is None:
        return Warning(
            "Set REGISTRY_SANDBOX: a machine of their own for strangers' policies, without the registry's credentials.",
            id="registry.W002",
        )
    return None


def _password() -> CheckMessage | None:
    if settings.ADMIN_PASSWORD_IS_SET:
        return Warning(
            "REGISTRY_ADMIN_PASSWORD is of no use after the first start; take it out of the environment.",
            id="registry.W001",
        )
    return None
