"""Every setting, from the environment alone; a bad value is refused loudly at start-up."""

import secrets
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import environ
import structlog
from django.core.exceptions import ImproperlyConfigured

from mdm.embedded import services
from mdm.log_lines import STANDARD_ERROR, as_line
from mdm.wiring import (  # noqa: F401 - settings, too, that no environment changes
    DECISION_BEHIND_A_LINK,
    INVARIANTS,
    MERGE_VETOES,
    REACTIONS,
    WORK,
    WORK_ON_A_MATCH,
)

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()


def _kept_secret(name: str) -> str:
    """A random secret that outlives the process, in a file that only its owner reads."""
    path = STATE_DIRECTORY / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def _database(url: str) -> dict[str, object]:
    """Django's database settings for a URL; %2F in the host makes it a socket directory."""
    config = environ.Env.db_url_config(url)
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgresql://…")
    return {
        **config,
        "HOST": unquote(config["HOST"]),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Statements of `mdm.bulk.fetch_prepared` are planned once for each connection
        "OPTIONS": {"prepare_threshold": 2, **config.get("OPTIONS", {})},
    }


# Where the hub keeps what it makes for itself
STATE_DIRECTORY = Path(env.str("TOUCHSTONE_STATE", default=str(ROOT / "var" / "demo")))
SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret("secret-key")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS = env.bool("BEHIND_TLS", default=False)

# The database and the broker: servers named in the environment, else the embedded ones
_embedded = services.current(STATE_DIRECTORY)
DATABASE_URL = env.str("DATABASE_URL", default=_embedded.database_url if _embedded else "")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=_embedded.broker_url if _embedded else "")
DATABASES = {"default": _database(DATABASE_URL or "postgresql://nobody@127.0.0.1:1/not-started")}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "mdm",
    "matching",
    "stewardship",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mdm.observability.RequestMiddleware",
    "mdm.api.standing.StandingMiddleware",
    "mdm.api.storable.StorableMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "stewardship.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "stewardship.zones.ZoneMiddleware",
    "stewardship.storable.StorableFormsMiddleware",
]

ROOT_URLCONF = "mdm.urls"
WSGI_APPLICATION = "mdm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stewardship.navigation.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "stewardship.templatetags.moments",
                "stewardship.templatetags.people",
                "stewardship.templatetags.sentences",
            ],
        },
    }
]

# People
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "mdm.governance.permissions_at_once.PermissionsAtOnce",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# The browser
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIRECTORY / "static"
WHITENOISE_USE_FINDERS = True

LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = ["mdm.formats"]
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Machines
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "mdm.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["mdm.api.authentication.MayReadDomain"],
    "DEFAULT_RENDERER_CLASSES": ["mdm.api.formats.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["mdm.api.formats.JsonParser"],
    "DEFAULT_THROTTLE_CLASSES": ["mdm.api.limits.RateLimit"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mdm.api.errors.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Touchstone",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["mdm.api.openapi.finish"],
    "DISABLE_ERRORS_AND_WARNINGS": True,
}
CREATE_AFTER_SEARCH = env.list("CREATE_AFTER_SEARCH", default=[])
# Money above which a merge takes two people, such as client:GBP:100000, by domain and currency
SECOND_PERSON_ABOVE = {
    (domain, currency): Decimal(amount)
    for domain, currency, amount in (
        each.split(":") for each in env.list("SECOND_PERSON_ABOVE", default=[])
    )
}
API_RATE = env.str("API_RATE", default="6000/min")
# How long an access token works, and how many requests for one may come from an address
ACCESS_TOKEN_SECONDS = env.int("ACCESS_TOKEN_SECONDS", default=600)
TOKEN_RATE = env.str("TOKEN_RATE", default="120/min")
PROXIES = env.int("PROXIES", default=0)
API_BODY_BYTES = 16 * 1024 * 1024
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# Where others reach the hub: events name it as their source
PUBLIC_ADDRESS = env.str("PUBLIC_ADDRESS", default="http://127.0.0.1:8000").rstrip("/")
# Requests that may wait in each process, for changes or golden ids: fewer than it has threads
API_WAITERS = env.int("API_WAITERS", default=2)
# How often each process writes down who called what (0: nothing is counted), and how long it stays
API_USAGE_SECONDS = env.float("API_USAGE_SECONDS", default=5.0)
API_USAGE_DAYS = env.int("API_USAGE_DAYS", default=400)
# How long before the sunset of an operation those who still call it are told once more
API_REMINDER_DAYS = env.int("API_REMINDER_DAYS", default=30)

# Webhooks: secrets that sign are derived from this key, so it outlives changes of SECRET_KEY
WEBHOOK_KEY = env.str("WEBHOOK_KEY", default="") or _kept_secret("webhook-key")
WEBHOOKS_MAY_BE_PRIVATE = env.bool("WEBHOOKS_MAY_BE_PRIVATE", default=False)
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", default=10.0)
WEBHOOK_ATTEMPTS = env.int("WEBHOOK_ATTEMPTS", default=8)
WEBHOOK_RETRY_SECONDS = env.float("WEBHOOK_RETRY_SECONDS", default=5.0)
WEBHOOK_REST_SECONDS = env.float("WEBHOOK_REST_SECONDS", default=30.0)
WEBHOOK_LOG_DAYS = env.int("WEBHOOK_LOG_DAYS", default=30)

# Work in the background: rows with leases; Celery only rings the bell
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 1_500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1_500_000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # workers outlive the longest absence of the broker
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {}
)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "mdm.tasks.sweep", "schedule": env.float("SWEEP_SECONDS", default=5.0)}
}
# When in UTC the hub is checked, data quality scored and consumers told of what ends, each night
NIGHT_HOUR = env.int("NIGHT_HOUR", default=2)
# How far golden records may lag behind what arrived, time and policies, before it is an alarm
GOLDEN_REFRESH = timedelta(hours=env.float("GOLDEN_REFRESH_HOURS", default=24.0))
WORK_LEASE = timedelta(seconds=env.float("WORK_LEASE_SECONDS", default=30.0))
WORK_ATTEMPTS = env.int("WORK_ATTEMPTS", default=5)
FEEDS_MAY_PULL_PRIVATE = env.bool("FEEDS_MAY_PULL_PRIVATE", default=False)
FEED_UPLOAD_MEGABYTES = env.int("FEED_UPLOAD_MEGABYTES", default=100)
FEED_CHUNK_ROWS = env.int("FEED_CHUNK_ROWS", default=20_000)

# A match run with more candidate pairs than that is compared by all workers, range by range
MATCH_PAIRS_OF_ONE_WORKER = env.int("MATCH_PAIRS_OF_ONE_WORKER", default=20_000_000)
MATCH_PAIRS_IN_A_RANGE = env.int("MATCH_PAIRS_IN_A_RANGE", default=2_000_000)
MATCH_MATRICES = STATE_DIRECTORY / "match"

# Source records, or versions of golden records, up to which reports are made while one waits
REPORTS_AT_ONCE = env.int("REPORTS_AT_ONCE", default=10_000)

# Logs: one JSON object a line, with the correlation id of the business transaction
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_BEFORE_LOGGING: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]
# The hub's own lines do not pass through `logging`, which would take longer than all else about one
structlog.configure(
    processors=[*_BEFORE_LOGGING, as_line],
    wrapper_class=structlog.make_filtering_bound_logger(LOG_LEVEL),
    logger_factory=structlog.BytesLoggerFactory(STANDARD_ERROR),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": _BEFORE_LOGGING,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
