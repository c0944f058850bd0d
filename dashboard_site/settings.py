"""Settings, all read from the environment or `.env`; `.env.example` documents each."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from kombu.transport import TRANSPORT_ALIASES

from dashboard_site import env
from dashboard_site.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
env.begin(None if "IGNORE_DOTENV" in os.environ else BASE_DIR / ".env")

# --- Read everything first, so that one message names every wrong value.
DATA_DIR = env.env_path("DATA_DIR", BASE_DIR / "var", base=BASE_DIR)
HOST = env.env_text("HOST", "127.0.0.1")
PORT = env.env_int("PORT", 5000, 1, 65535)
DEBUG = env.env_bool("DEBUG", False)
SECRET_KEY = env.env_text("SECRET_KEY")
ALLOWED_HOSTS = env.env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CORS_ORIGINS = env.env_origins("CORS_ORIGINS")
AUTH_MODE = env.env_choice("AUTH_MODE", "local", ["local", "required", "open-read"])
API_RATE_LIMIT = env.env_int("API_RATE_LIMIT", 600, 0, 1_000_000)
TRUSTED_PROXIES = env.env_networks("TRUSTED_PROXIES")
HTTPS_ONLY = env.env_bool("HTTPS_ONLY", False)
AUDIT_RETENTION = timedelta(days=env.env_int("AUDIT_RETENTION_DAYS", 365, 1, 36500))
LOG_LEVEL = env.env_choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOG_FILE = env.env_path("LOG_FILE", DATA_DIR / "logs" / "dashboard.log", base=BASE_DIR)

_database_url = env.env_text("DATABASE_URL")
DATABASE_PATH = env.env_path("DATABASE_PATH", DATA_DIR / "dashboard.sqlite3", base=BASE_DIR)
CELERY_BROKER_URL = env.env_url(
    "CELERY_BROKER_URL",
    "filesystem://localhost",
    schemes=TRANSPORT_ALIASES,
    example="redis://127.0.0.1:6379/0",
)
_cache_url = env.env_url(
    "CACHE_URL", schemes=("redis", "rediss", "unix"), example="redis://127.0.0.1:6379/1"
)

SAMPLE_PATH = DATA_DIR / "sample" / "orchestrator"
ORCHESTRATOR_PATH = env.env_path("ORCHESTRATOR_PATH", SAMPLE_PATH, base=BASE_DIR)
ORCHESTRATOR_TIME_ZONE = env.env_zone("ORCHESTRATOR_TIME_ZONE", "UTC")
IMPORT_INTERVAL = env.env_int("IMPORT_INTERVAL", 5, 1, 3600)

HEALTH_CHECK_INTERVAL = env.env_int("HEALTH_CHECK_INTERVAL", 30, 5, 3600)
HEALTH_HOLD_SECONDS = env.env_int("HEALTH_HOLD_SECONDS", 120, 0, 86400)
METRICS_RETENTION_DAYS = env.env_int("METRICS_RETENTION_DAYS", 90, 1, 36500)
HEALTH_THRESHOLDS = {
    resource: {
        "warning": env.env_float(f"{resource.upper()}_WARNING_THRESHOLD", warning, 1, 100),
        "critical": env.env_float(f"{resource.upper()}_CRITICAL_THRESHOLD", critical, 1, 100),
    }
    for resource, warning, critical in (("cpu", 80, 95), ("memory", 80, 95), ("disk", 85, 95))
}

TRAINING_COMMAND = env.env_text("TRAINING_COMMAND")
TRAINING_CWD = env.env_path("TRAINING_CWD", ORCHESTRATOR_PATH.parent, base=BASE_DIR)
TRAINING_FORCE_FLAG = env.env_text("TRAINING_FORCE_FLAG")
TRAINING_TIMEOUT_SECONDS = env.env_int("TRAINING_TIMEOUT_SECONDS", 1800, 1, 7 * 86400)
TRAINING_STOP_GRACE = env.env_int("TRAINING_STOP_GRACE", 30, 0, 3600)
TRAINING_SCHEDULE = env.env_text("TRAINING_SCHEDULE")
TRAINING_CATCHUP_MINUTES = env.env_int("TRAINING_CATCHUP_MINUTES", 60, 0, 1440)
TRAINING_LOG_MAX_BYTES = env.env_int("TRAINING_LOG_MAX_BYTES", 20_000_000, 10_000, 2_000_000_000)
env.finish()

for _resource, _limits in HEALTH_THRESHOLDS.items():
    if _limits["warning"] >= _limits["critical"]:
        env.refuse(
            f"{_resource.upper()}_WARNING_THRESHOLD",
            f"a number below {_resource.upper()}_CRITICAL_THRESHOLD ({_limits['critical']:g})",
        )

SECRET_KEY = SECRET_KEY or secret_key(DATA_DIR)
ORCHESTRATOR_IS_SAMPLE = ORCHESTRATOR_PATH == SAMPLE_PATH
ARCHIVE_DIR = DATA_DIR / "archive"
SESSION_LOG_DIR = DATA_DIR / "logs" / "sessions"
SYSTEM_NAME = "Production Dashboard"
VERSION = "0.1.0"

# --- Django
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "corsheaders",
    "django_guid",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "logs_app",
    "system",
    "agents",
    "metrics",
    "training",
    "storyboard",
    # Behind the others: its roles get permissions on their tables.
    "accounts",
    "dashboard_site",
]
MIDDLEWARE = [
    "common.proxies.TrustedProxies",
    "django_guid.middleware.guid_middleware",
    "django.middleware.security.SecurityMiddleware",
    "dashboard_site.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "accounts.address_limits.AddressLimits",
    "dashboard_site.compression.Compression",
    "common.conditional.ConditionalReads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dashboard_site.urls"
WSGI_APPLICATION = "dashboard_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "common" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
# Served from the apps' own folders: no collectstatic step between a change and the page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Pictures of storyboards; a view of theirs serves them, no URL of the folder does.
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# --- Signing in: after five wrong passwords for a name from one address, a quarter of an hour
# of pause for the two together. Not for the name alone: anybody could shut its owner out.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.audit.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "accounts.address_limits.locked_out"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "page"

# --- Cookies and transport. Over TLS, cookies are marked Secure (common.proxies) in any case.
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = 365 * 86400 if HTTPS_ONLY else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The other names of the domain are not ours to decide on (W005, W021); the way to https
# (W008) is shown by dashboard_site.headers, which leaves the machine itself alone.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SILENCED_SYSTEM_CHECKS += ["security.W008"] if HTTPS_ONLY else []
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# A storyboard of a thousand scenes is one form in the admin.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
MAX_JSON_BODY_BYTES = 10 * 1024 * 1024
# With "*" every website may use a token it was given, but no session: no credentials then.
CORS_ALLOW_ALL_ORIGINS = "*" in CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else CORS_ORIGINS
CORS_ALLOW_CREDENTIALS = bool(CORS_ALLOWED_ORIGINS)
CORS_URLS_REGEX = r"^/api/"
# What the documented calls go on with: versions, offsets, when to ask again, names of files.
CORS_EXPOSE_HEADERS = [
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Retry-After",
    "X-Log-Size",
    "X-Request-ID",
]
CSRF_TRUSTED_ORIGINS = CORS_ALLOWED_ORIGINS

# --- Database: SQLite with a write-ahead log. Write transactions take their lock at the
# beginning, so that they wait for each other instead of failing half-way.
DATABASES: dict[str, Any]
if _database_url:
    try:
        DATABASES = {
            "default": dict(
                dj_database_url.parse(_database_url, conn_max_age=600, conn_health_checks=True)
            )
        }
    except (ValueError, KeyError):
        env.refuse("DATABASE_URL", "a URL such as postgres://user:password@127.0.0.1:5432/name")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATABASE_PATH,
            "CONN_MAX_AGE": 600,
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-16000;"
            "PRAGMA mmap_size=268435456;"
            "PRAGMA journal_size_limit=67108864;"
            "PRAGMA temp_store=MEMORY;"
        ),
    }

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _cache_url,
    }
    if _cache_url
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    },
    # Of all processes: how often who called, and what may run only so many times at once.
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _cache_url,
        "KEY_PREFIX": "shared",
    }
    if _cache_url
    else {
        "BACKEND": "common.shared_cache.SharedCache",
        "LOCATION": str(DATA_DIR / "shared.sqlite3"),
    },
    # Of this process alone: what may not depend on a service, such as the state of services.
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}

# --- REST framework
REST_FRAMEWORK = {
    # The first one names the challenge of a 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.MayCall"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": [
        "common.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.JSONBodyParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.negotiation.LenientNegotiation",
    "EXCEPTION_HANDLER": "common.api.exception_handler",
    # `?format=` is a parameter of the exports.
    "URL_FORMAT_OVERRIDE": None,
    "ORDERING_PARAM": "ordering",
    "SEARCH_PARAM": "search",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_SCHEMA_CLASS": "common.schema.ApiSchema",
}
# The document is printed into docs/openapi.yaml: nothing of this installation belongs in it.
SPECTACULAR_SETTINGS = {
    "TITLE": SYSTEM_NAME,
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.permissions.MayCall"],
    "PREPROCESSING_HOOKS": ["dashboard_site.openapi.documented_routes"],
    "POSTPROCESSING_HOOKS": ["dashboard_site.openapi.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Celery
QUEUE_DIR = DATA_DIR / "queue"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# One process with threads: it can end the training it runs when it is asked to stop itself.
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        # A second by default: starts and stops of a training would wait for it.
        "polling_interval": 0.2,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 10}


def _every(seconds: float, task: str) -> dict[str, Any]:
    # Expires just under its period: a worker that was away does not wake to a pile of old jobs.
    return {"task": task, "schedule": seconds, "options": {"expires": max(1.0, seconds * 0.9)}}


CELERY_BEAT_SCHEDULE = {
    "sample the host's health": _every(HEALTH_CHECK_INTERVAL, "system.sample_health"),
    "evaluate the alert rules": _every(30, "system.evaluate_alerts"),
    "thin out old rows": _every(3600, "system.thin_out"),
    "close trainings that nobody runs any more": _every(10, "training.sweep"),
    "remove the logs of old trainings": _every(86400, "training.remove_old_logs"),
    "stop trainings over their time limit": _every(10, "training.enforce_limits"),
    "start the training that is due": _every(30, "training.start_due"),
    "import what the orchestrator wrote": _every(IMPORT_INTERVAL, "training.import_changes"),
    "import the storyboards that changed": _every(30, "storyboard.import_changes"),
    "remove old entries of the audit list": _every(86400, "accounts.thin_out"),
    "remove what was deleted a month ago": _every(86400, "storyboard.purge"),
}

# --- Logging: to the console and to a file that several processes rotate together.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "django_guid.log_filters.CorrelationId"}},
    "formatters": {
        "line": {
            "format": "{asctime} - {name} - {levelname} - [{correlation_id}] {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        },
        "file": {
            "class": "concurrent_log_handler.ConcurrentRotatingFileHandler",
            "filename": str(LOG_FILE),
            "maxBytes": 10_000_000,
            "backupCount": 5,
            "encoding": "utf-8",
            "delay": True,
            "formatter": "line",
            "filters": ["request_id"],
        },
    },
    "root": {"handlers": ["console", "file"], "level": LOG_LEVEL},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "django_guid": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "VALIDATE_GUID": True,
    "RETURN_HEADER": True,
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [],
    "UUID_LENGTH": 32,
}
try:
    LOG_FILE.parent.mkdir(parents=True, exist_ok=True)
    if CELERY_BROKER_URL.startswith("filesystem:"):
        (QUEUE_DIR / "messages").mkdir(parents=True, exist_ok=True)
        (QUEUE_DIR / "control").mkdir(parents=True, exist_ok=True)
except OSError as _error:
    env.refuse("DATA_DIR and LOG_FILE", f"folders that can be written ({_error})")
