"""Who may do what: users, the tokens their programs call with, and how fast each of them calls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now

USERNAME_PATTERN = r"\A[A-Za-z0-9@.+_-]+\Z"  # means the same to Python and to PostgreSQL
USERNAME_RULE = "A username is made of letters a-z and A-Z, digits and @ . + - _, at most 50 of them."


class UUIDv7(models.Func):
    """PostgreSQL's own identifiers: random, and in the order of their making, so that indexes grow at one end."""

    function = "uuidv7"
    output_field = models.UUIDField()


class Permission(models.TextChoices):
    """What a user may do; `admin` implies the rest."""

    UPLOAD = "upload", "Upload"
    DOWNLOAD = "download", "Download"
    SEARCH = "search", "Search"
    ADMIN = "admin", "Administer"


def first_permissions() -> list[str]:
    return [Permission.SEARCH.value]


class UserManager(BaseUserManager["User"]):
    """Makes users for Django's own commands; everything else goes through `accounts_app.services`."""

    def create_user(
        self, username: str, password: str | None = None, permissions: Iterable[str] = ("search",)
    ) -> "User":
        user = self.model(username=username, permissions=list(permissions))
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None) -> "User":
        return self.create_user(username, password, [Permission.ADMIN.value])


class User(AbstractBaseUser):
    """A person or program with a name. Deleting one leaves their packages, without an uploader."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    username = models.CharField(
        max_length=50,
        unique=True,
        validators=[RegexValidator(USERNAME_PATTERN, USERNAME_RULE)],
        help_text=USERNAME_RULE,
    )
    permissions = ArrayField(
        models.CharField(max_length=10, choices=Permission.choices), default=first_permissions, blank=True
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Without this, neither the password nor any token of the user is accepted."
    )
    created_at = models.DateTimeField("registered", db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_taken_in_any_case"),
            models.CheckConstraint(condition=models.Q(username__regex=USERNAME_PATTERN), name="username_is_plain"),
            models.CheckConstraint(
                condition=models.Q(permissions__contained_by=Permission.values), name="permissions_are_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(permissions__contains=[Permission.ADMIN.value]), name="administrators"
            )
        ]

    def __str__(self) -> str:
        return self.username

    def may(self, permission: str) -> bool:
        """Whether this user holds `permission`, by itself or through `admin`. Nobody inactive may anything."""
        return self.is_active and (Permission.ADMIN in self.permissions or permission in self.permissions)

    @property
    def is_administrator(self) -> bool:
        return self.may(Permission.ADMIN)

    # What Django's admin site asks of a user, answered from the one list of permissions.

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, _permission: str, _of: Any = None) -> bool:
        return self.is_administrator

    def has_perms(self, _permissions: Iterable[str], _of: Any = None) -> bool:
        return self.is_administrator

    def has_module_perms(self, _app_label: str) -> bool:
        return self.is_administrator


class Token(models.Model):
    """Leave to make a number of calls until a certain time; only the SHA-256 of the token itself is kept."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64)
    calls_remaining = models.IntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="token_hash_is_unique"),
            models.CheckConstraint(condition=models.Q(calls_remaining__gte=0), name="calls_remaining_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.token_hash[:8]}…"

    def is_usable(self, now: datetime) -> bool:
        return self.calls_remaining > 0 and self.expires_at > now


class CallRate(models.Model):
    """How many calls a user made in one second of the database's clock and in the second before it.

    The table is unlogged (a crash forgets two seconds of counting) and has no foreign key, since a row left behind by a
    user deleted in the same instant does no harm.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, db_constraint=False, related_name="+"
    )
    second = models.BigIntegerField()
    calls = models.IntegerField()
    calls_before = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.calls} calls in second {self.second}"


class AuditEntry(models.Model):
    """Who did what to what, written in the transaction of the deed and never again: the database refuses changes.

    Nothing refers to other rows, so that the trail outlives what it tells of. The order is that of `AuditLink`.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField("time", db_default=Now(), editable=False)
    actor = models.CharField(max_length=150)
    actor_id = models.UUIDField(null=True)
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=400, blank=True)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        db_table = "audit_entries"
        ordering = ("-id",)
        verbose_name_plural = "audit trail"
        indexes = [
            models.Index(fields=["action", "-id"], name="audit_entries_action"),
            models.Index(fields=["actor", "-id"], name="audit_entries_actor"),
            models.Index(fields=["target", "-id"], name="audit_entries_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target}".strip()


class AuditLink(models.Model):
    """The place of an entry in the chain of accounts_app.domain.audit_chain, never changed either."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.DO_NOTHING, related_name="link")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_links"

    def __str__(self) -> str:
        return f"{self.position} {self.hash[:12]}"


class AuditEnd(models.Model):
    """How far the chain has come, one row of its own, so that links taken from its end are missed."""

    position = models.BigIntegerField()

    class Meta:
        db_table = "audit_end"

    def __str__(self) -> str:
        return str(self.position)


class AuditUnlinked(models.Model):
    """An entry that waits for its link; the database adds one for every entry, so that no constraint need check it."""

    entry = models.OneToOneField(AuditEntry, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)

    class Meta:
        db_table = "audit_unlinked"

    def __str__(self) -> str:
        return str(self.pk)
