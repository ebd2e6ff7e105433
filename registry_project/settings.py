"""Settings, all of them, read from the environment by typed readers that fail loudly at start.

Nothing set means the embedded default: PostgreSQL, objects and secrets of this machine's own, under one data directory.
CONTRIBUTING.md lists every variable.
"""

import os
import secrets
import warnings
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from metrics_app.collectors.git_addresses import parsed_mirrors
from metrics_app.collectors.github_addresses import github_site
from packages_app.domain.verdicts import CODES, LAYERS
from packages_app.sandbox.settings import KEY_CHARACTERS, Server, address
from registry_project.secrets_manager import SecretUnreadable, environment_from
from registry_project.stack.data_directory import kept_secret
from registry_project.stack.postgres import socket_directory
from registry_project.theme import UNFOLD  # noqa: F401 - the admin site's theme looks for it here

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    if value in {"", "0", "false", "no", "off", "1", "true", "yes", "on"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on or off, not {value!r}.")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name) or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def fraction(name: str, default: float) -> float:
    value = text(name) or str(default)
    try:
        read = float(value)
    except ValueError:
        read = -1
    if not 0 <= read <= 1:
        raise ImproperlyConfigured(f"{name} must be a number from 0 to 1, not {value!r}.")
    return read


def words(name: str, default: str = "") -> list[str]:
    return [word for word in text(name, default).replace(",", " ").split() if word]


def file(name: str) -> Path | None:
    """The absolute path of a file that has to be there; None where nothing is set."""
    value = text(name)
    if value and not Path(value).is_file():
        raise ImproperlyConfigured(f"{name} must be the path of a file; there is none at {value!r}.")
    return Path(value).absolute() if value else None


def policy_server() -> Server | None:
    """The machine that runs policies, as REGISTRY_SANDBOX and REGISTRY_SANDBOX_KEY say; None for this one."""
    where, key = text("REGISTRY_SANDBOX"), text("REGISTRY_SANDBOX_KEY")
    if not where:
        return None
    if len(key) < KEY_CHARACTERS:
        raise ImproperlyConfigured(
            f"REGISTRY_SANDBOX needs a REGISTRY_SANDBOX_KEY of at least {KEY_CHARACTERS} characters."
        )
    try:
        return Server(*address(where), key.encode())
    except ValueError as problem:
        raise ImproperlyConfigured(f"REGISTRY_SANDBOX: {problem}") from None


def some_of(name: str, known: tuple[str, ...], default: str) -> list[str]:
    """Words that are all among `known`; "none" is none of them."""
    given = words(name) or default.split()  # set to nothing is not set
    chosen = [] if given == ["none"] else given
    if unknown := sorted(set(chosen).difference(known)):
        raise ImproperlyConfigured(f"{name} takes {', '.join(known)} or none, not {', '.join(unknown)}.")
    return chosen


def kept(path: Path) -> str:
    """The secret in the file at `path` of the data directory, both made at first use."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return kept_secret(path, 50)
    except OSError as wrong:
        reason = wrong.strerror or type(wrong).__name__
        raise ImproperlyConfigured(f"REGISTRY_DATA_DIR {path.parent} can't be written to: {reason}.") from wrong


# Secrets that are kept elsewhere; what the environment says itself goes first ---------------------------------------

try:
    for _name, _value in environment_from(words("REGISTRY_SECRETS")).items():
        os.environ.setdefault(_name, _value)
except SecretUnreadable as unreadable:
    raise ImproperlyConfigured(f"REGISTRY_SECRETS: {unreadable}") from unreadable

# Where things are ---------------------------------------------------------------------------------------------------

DEBUG = flag("DJANGO_DEBUG")
DATABASE_URL = text("DATABASE_URL")
#: The directory of the embedded stack; none is used where database and directory are both named by the operator.
DATA_DIR = (
    Path(text("REGISTRY_DATA_DIR") or BASE_DIR / "var").resolve()
    if text("REGISTRY_DATA_DIR") or not DATABASE_URL
    else None
)

SECRET_KEY = text("SECRET_KEY")
if not SECRET_KEY:
    if DATA_DIR is not None:
        SECRET_KEY = kept(DATA_DIR / "secret_key")
    elif DEBUG:
        SECRET_KEY = secrets.token_urlsafe(50)
    else:
        raise ImproperlyConfigured("SECRET_KEY must be set: DJANGO_DEBUG is off and no REGISTRY_DATA_DIR keeps one.")
#: Keys of before: sessions and URLs that they signed are still good. Queued tasks are not; RUNBOOK.md has the order.
SECRET_KEY_FALLBACKS = words("REGISTRY_OLD_SECRET_KEYS")

ALLOWED_HOSTS = words("REGISTRY_ALLOWED_HOSTS", "127.0.0.1 localhost [::1]")
CSRF_TRUSTED_ORIGINS = words("REGISTRY_TRUSTED_ORIGINS")

# What Django is made of ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "registry_project.apps.RegistryConfig",  # before unfold, some of whose templates it has of its own
    "unfold",
    "accounts_app.apps.AccountsConfig",
    "packages_app.apps.PackagesConfig",
    "metrics_app.apps.MetricsConfig",
    "lineage_app.apps.LineageConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "axes",
]
MIDDLEWARE = [
    "registry_project.requests.RequestLog",
    "accounts_app.audit.RequestUnderWay",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry_project.pages.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts_app.api.headers.CallHeaders",
    "packages_app.upload.LetGoOfUnfinished",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "registry_project.urls"
WSGI_APPLICATION = "registry_project.wsgi.application"
APPEND_SLASH = True
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "registry_project.formats"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
#: The built front end; Vite writes a hash into every file's name, so that browsers never ask for one twice.
STATICFILES_DIRS = [("web", BASE_DIR / "frontend" / "dist" / "assets")]
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/web/.+-[\w-]{8}\.\w+$"
WHITENOISE_USE_FINDERS = DEBUG or not STATIC_ROOT.is_dir()
# Without collected files they are found where they lie, so that a directory that isn't there is no reason to warn.
warnings.filterwarnings("ignore", "No directory at")
SILENCED_SYSTEM_CHECKS = [
    "staticfiles.W004",  # likewise where the front end isn't built
    "security.W005",  # what else lives under the domain, and whether it speaks TLS, ...
    "security.W021",  # ... is the operator's to say
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Development only: accessibility is checked on every page, and told at /django_axe/report/.
PAGE_CHECKS = DEBUG and find_spec("django_axe") is not None
if PAGE_CHECKS:
    INSTALLED_APPS.append("django_axe")
    MIDDLEWARE.append("registry_project.development.PageChecks")
DJANGO_AXE_ENABLED = PAGE_CHECKS
DJANGO_AXE_REPORT_PATH = str((DATA_DIR or BASE_DIR / "var") / "django_axe_report.json")

# Database -----------------------------------------------------------------------------------------------------------


def database(url: str, data_dir: Path | None) -> dict[str, Any]:
    """Django's description of the database at `url`, or of the embedded one under `data_dir`."""
    described: dict[str, Any] = {
        "ENGINE": "registry_project.postgresql",
        "CONN_MAX_AGE": 600,  # a thread keeps its connection; threads are bounded, so connections are
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # PgBouncer in transaction mode has none
    }
    if not url:
        if data_dir is None:
            raise ImproperlyConfigured("Set DATABASE_URL, or REGISTRY_DATA_DIR for the embedded database.")
        return described | {
            "NAME": "registry",
            "USER": "registry",
            "HOST": str(socket_directory(data_dir)),
            "PORT": "5432",
        }
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:  # whose message quotes the address, and so its password
        raise ImproperlyConfigured(
            "DATABASE_URL must be the address of a PostgreSQL, such as postgresql://user:password@host:5432/name."
        ) from None
    named = {"dbname": "NAME"} | {part: part.upper() for part in ("user", "password", "host", "port")}
    options = {key: value for key, value in parts.items() if key not in named}
    return described | {named[key]: str(value) for key, value in parts.items() if key in named} | {"OPTIONS": options}


DATABASES = {"default": database(DATABASE_URL, DATA_DIR)}

# Objects ------------------------------------------------------------------------------------------------------------

S3_BUCKET = text("REGISTRY_S3_BUCKET")
OBJECTS_DIR = (DATA_DIR or BASE_DIR / "var") / "objects"
STORAGES = {
    "default": {
        "BACKEND": "packages_app.storage.S3Objects",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": text("AWS_S3_ENDPOINT_URL") or None,
            "region_name": text("AWS_REGION") or None,
            "file_overwrite": True,
            # By the bucket's own host: the global one redirects to the region's, which browsers don't follow with a PUT.
            # By default boto3 waits minutes for a storage that hangs, and a request's thread with it.
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "auto" if text("AWS_S3_ENDPOINT_URL") else "virtual"},
                connect_timeout=number("REGISTRY_S3_CONNECT_SECONDS", 5, least=1),
                read_timeout=number("REGISTRY_S3_READ_SECONDS", 30, least=1),
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
            "max_memory_size": 8 * 1024 * 1024,
        },
    }
    if S3_BUCKET
    else {
        "BACKEND": "packages_app.storage.LocalObjects",
        "OPTIONS": {"location": str(OBJECTS_DIR), "allow_overwrite": True},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["packages_app.upload.HashingUploadHandler"]
#: Where bytes rest while they arrive, on the same file system as local objects, so that storing them is a rename.
SPOOL_DIR = (DATA_DIR or BASE_DIR / "var") / "spool"
#: Where large files gather part by part, on that same file system.
UPLOADS_DIR = (DATA_DIR or BASE_DIR / "var") / "uploads"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

# Accounts -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts_app.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts_app.passwords.TokensEndWithPassword"},
]
ADMIN_USERNAME = text("REGISTRY_ADMIN_USERNAME", "admin")
ADMIN_PASSWORD_IS_SET = bool(text("REGISTRY_ADMIN_PASSWORD"))
#: Calls and life of a token, and the rate a user may call at (0: no limit).
TOKEN_CALLS = number("REGISTRY_TOKEN_CALLS", 1000, least=1)
TOKEN_LIFETIME = timedelta(hours=number("REGISTRY_TOKEN_HOURS", 10, least=1))
CALLS_PER_SECOND = number("REGISTRY_CALLS_PER_SECOND", 100)
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
BEHIND_TLS = flag("REGISTRY_BEHIND_TLS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]  # asked from inside, where there is no proxy
CSRF_FAILURE_VIEW = "registry_project.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
#: For everything but what registry_project.pages.ContentPolicy makes exceptions for.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
#: How many proxies stand in front; their entries of X-Forwarded-For are believed, nobody else's.
TRUSTED_PROXIES = number("REGISTRY_TRUSTED_PROXIES", 0)

AXES_FAILURE_LIMIT = number("REGISTRY_SIGN_IN_FAILURES", 5, least=1)
AXES_COOLOFF_TIME = timedelta(minutes=number("REGISTRY_SIGN_IN_LOCK_MINUTES", 15, least=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "accounts_app.locking.SignInLock"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying while locked out doesn't prolong it
AXES_LOCKOUT_CALLABLE = "registry_project.errors.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # it would make a session of every token; requests are logged anyway
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "accounts_app.addresses.client_address"

# Packages -----------------------------------------------------------------------------------------------------------

#: The module that carries packages through; a dotted path, since the queue stores one anyway. Checked at start-up.
PIPELINE = "registry_project.pipeline"
UPLOAD_LIMIT_BYTES = number("REGISTRY_UPLOAD_LIMIT_BYTES", 50 * 1024**3, least=1)
ARCHIVE_MEMBERS = number("REGISTRY_ARCHIVE_MEMBERS", 100_000, least=1)
ARCHIVE_UNPACKED_BYTES = number("REGISTRY_ARCHIVE_UNPACKED_BYTES", 200 * 1024**3, least=1)
ARCHIVE_MEMBER_BYTES = number("REGISTRY_ARCHIVE_MEMBER_BYTES", 100 * 1024**3, least=1)
ARCHIVE_RATIO = number("REGISTRY_ARCHIVE_RATIO", 50, least=1)
#: Scan verdicts that keep a package out; the others are shown with it.
SCAN_BLOCKS = words("REGISTRY_SCAN_BLOCKS", "malicious")
URL_LIFETIME_SECONDS = 300
#: How long the URL of one part of an upload works, and how long an upload waits for its sender.
PART_URL_LIFETIME_SECONDS = 3600
ABANDONED_UPLOAD = timedelta(hours=number("REGISTRY_ABANDONED_UPLOAD_HOURS", 24, least=1))
#: How policies are run: seconds for one decision, decisions at a time and waiting in each web process, the layers
#: around a policy that must hold, time-outs in a row that suspend it, the machine that runs them where it is another, and
#: where the compiled engine is kept.
POLICY_SECONDS = number("REGISTRY_POLICY_SECONDS", 5, least=1)
POLICY_CONCURRENT = number("REGISTRY_POLICY_CONCURRENT", 2, least=1)
POLICY_QUEUE = number("REGISTRY_POLICY_QUEUE", 16)
POLICY_LOCKDOWN = some_of("REGISTRY_POLICY_LOCKDOWN", LAYERS, "descriptors privileges limits seccomp")
POLICY_TIMEOUTS = number("REGISTRY_POLICY_TIMEOUTS", 3, least=1)
POLICY_SERVER = policy_server()
POLICY_ENGINE_DIR = (DATA_DIR or BASE_DIR / "var") / "policy_engine"
JOB_LEASE = timedelta(seconds=number("REGISTRY_JOB_LEASE_SECONDS", 20, least=2))
JOB_ATTEMPTS = number("REGISTRY_JOB_ATTEMPTS", 5, least=1)

# Ingest -------------------------------------------------------------------------------------------------------------

#: What every score has to reach, and whether what can't be measured of a package counts against it.
GATE_THRESHOLD = fraction("REGISTRY_GATE_THRESHOLD", 0.5)
GATE_STRICT = flag("REGISTRY_GATE_STRICT")
HF_ENDPOINT = text("HF_ENDPOINT").rstrip("/") or "https://huggingface.co"
HF_TOKEN = text("HF_TOKEN")
#: Hosts on the Internet that workers fetch from; a leading dot stands for every host below.
PUBLIC_HOSTS = ["huggingface.co", ".huggingface.co", ".hf.co"]
#: The operator's own hosts, `host` or `host:port`: allowed wherever they are, be it a private address.
OWN_HOSTS = words("REGISTRY_OWN_HOSTS")
#: The program to start as npm; without it the one installed with the registry.
NPM = text("REGISTRY_NPM")
NPM_SECONDS = number("REGISTRY_NPM_SECONDS", 1800, least=1)

# The queue ----------------------------------------------------------------------------------------------------------

#: The queue's name on Amazon SQS; "" keeps the queue in the database.
SQS_QUEUE = text("REGISTRY_SQS_QUEUE")
_HOUR = 3600
_QUEUE = (
    {
        "name": SQS_QUEUE,
        "broker_class": "registry_project.queueing.SqsQueue",
        # A worker that is asked to end waits so many seconds.
        "sqs": {"aws_region": text("AWS_REGION"), "receive_message_wait_time_seconds": 3},
        "timeout": 11 * _HOUR,
        "retry": 12 * _HOUR,  # SQS hides a message no longer
    }
    if SQS_QUEUE
    # A 50 GB package takes as long as it takes; the Job's lease tells the living from the dead.
    else {
        "name": "registry",
        "broker_class": "registry_project.queueing.DatabaseQueue",
        "orm": "default",
        "timeout": 23 * _HOUR,
        "retry": 24 * _HOUR,
    }
)
Q_CLUSTER = _QUEUE | {
    "workers": number("REGISTRY_WORKERS", 2, least=1),
    "recycle": 500,
    "max_rss": 1024 * 1024,  # kB
    "max_attempts": 3,
    "queue_limit": 4,
    "save_limit": -1,
    "bulk": 1,
    "poll": 0.1,
    "label": "Queue",
    "catch_up": False,
}

# Measuring ----------------------------------------------------------------------------------------------------------

#: Tables of the operator's own, read on top of the standard ones: TOML as in metrics_app/domain/tables.
WEIGHTS_FILE = file("REGISTRY_WEIGHTS_FILE")
LICENCES_FILE = file("REGISTRY_LICENCES_FILE")
#: What collectors keep on this machine: clones, and notes on what could not be reached.
COLLECTED_DIR = (DATA_DIR or BASE_DIR / "var") / "collected"
OUTAGE_SECONDS = number("REGISTRY_OUTAGE_SECONDS", 300)
#: Linked repositories: the hosts they are fetched from, and mirrors of the operator's own by prefixes of their URLs.
GIT_HOSTS = words("REGISTRY_GIT_HOSTS", "github.com gitlab.com huggingface.co codeberg.org")
try:
    GIT_MIRRORS = parsed_mirrors(words("REGISTRY_GIT_MIRRORS"))
except ValueError as error:
    raise ImproperlyConfigured(f"REGISTRY_GIT_MIRRORS: {error}") from error
GIT_SECONDS = number("REGISTRY_GIT_SECONDS", 120, least=1)
GIT_BYTES = number("REGISTRY_GIT_BYTES", 1024**3, least=1)
GIT_ALL_BYTES = number("REGISTRY_GIT_ALL_BYTES", 10 * 1024**3, least=1)
GIT_COMMITS = number("REGISTRY_GIT_COMMITS", 100_000, least=1)
GIT_FRESH_SECONDS = number("REGISTRY_GIT_FRESH_SECONDS", 600)
#: The API, and the web site of the repositories that it knows; both are given for GitHub Enterprise.
GITHUB_API_URL = text("GITHUB_API_URL").rstrip("/") or "https://api.github.com"
GITHUB_SERVER_URL = text("GITHUB_SERVER_URL").rstrip("/") or github_site(GITHUB_API_URL)
GITHUB_TOKEN = text("GITHUB_TOKEN")
GITHUB_SECONDS = number("REGISTRY_GITHUB_SECONDS", 120, least=1)
HUB_SECONDS = number("REGISTRY_HUB_SECONDS", 60, least=1)
#: The Python that runs models' cards, in isolation; without one they are not run.
REPRODUCIBILITY_PYTHON = file("REGISTRY_REPRODUCIBILITY_PYTHON")
REPRODUCIBILITY_SECONDS = number("REGISTRY_REPRODUCIBILITY_SECONDS", 120, least=1)
REPRODUCIBILITY_MEMORY_BYTES = number("REGISTRY_REPRODUCIBILITY_MEMORY_BYTES", 4 * 1024**3, least=1)
REPRODUCIBILITY_BYTES = number("REGISTRY_REPRODUCIBILITY_BYTES", 5 * 1024**3, least=1)

# Watching -----------------------------------------------------------------------------------------------------------

#: Where CloudWatch keeps the registry's numbers, "Registry/production" say; "" where nobody's log goes there.
CLOUDWATCH_NAMESPACE = text("REGISTRY_CLOUDWATCH_NAMESPACE")
#: How often each process adds what was asked of it to the activity of the last hour; 0: never.
ACTIVITY_SECONDS = number("REGISTRY_ACTIVITY_SECONDS", 5)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "accounts_app.request_ids.NameRequest"}},
    "formatters": {
        "lines": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "{asctime} {levelname} {name} {message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
        "bare": {"format": "{message}", "style": "{"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["request"]},
        "stdout": {"class": "logging.StreamHandler", "formatter": "bare", "stream": "ext://sys.stdout"},
        "errors": {"class": "registry_project.watching.telling.CountErrors", "level": "ERROR"},
    },
    "root": {"handlers": ["stderr", "errors"], "level": "WARNING"},
    "loggers": {
        "registry": {"level": text("REGISTRY_LOG_LEVEL", "INFO")},
        "registry_project": {"level": "INFO"},
        "packages_app": {"level": "INFO"},
        "accounts_app": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # every request has its line anyway, ...
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # ... also a stranger's, who is no error of ours
        "cloudwatch": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
    },
}
if DATA_DIR is not None and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Several processes answer; what each of them counts is added up from files here.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(DATA_DIR / "prometheus")
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    try:
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        unmade = f"{os.environ['PROMETHEUS_MULTIPROC_DIR']} can't be made: {wrong.strerror}."
        raise ImproperlyConfigured(unmade) from wrong

# The API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts_app.api.authentication.TokenAuthentication",
        "accounts_app.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts_app.api.permissions.Nobody"],
    "DEFAULT_PARSER_CLASSES": [
        "accounts_app.api.parsers.BoundedJSONParser",
        "accounts_app.api.parsers.BoundedFormParser",
        "accounts_app.api.parsers.FilelessMultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "registry_project.errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Model Registry",
    "DESCRIPTION": "A self-hosted, trustworthy registry for machine-learning models and npm packages.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PackageKindEnum": "packages_app.models.Package.Kind",
        "JobKindEnum": "packages_app.models.Job.Kind",
        "DownloadKindEnum": "packages_app.models.Download.Kind",
        "UploadStatusEnum": "packages_app.models.MultipartUpload.Status",
        "JobStatusEnum": "packages_app.models.Job.Status",
        "ScoreStatusEnum": "metrics_app.models.Score.Status",
        "FindingStateEnum": "packages_app.models.ConfusionFinding.State",
        "PolicyCodeEnum": list(CODES),
        "HealthStatusEnum": ["healthy", "degraded"],
    },
}
