"""The one settings file, in the order of Django's reference.

Everything an operator may change is an environment variable, listed in
`.env.example` and `docs/reference/settings.md`; a test keeps the three equal.
"""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
import environ
from django.utils.translation import gettext_lazy as _

from companion_site.core.logs import logging_config
from companion_site.core.policy import OWN_SOURCES_ONLY
from companion_site.core.schema import SCHEMA

# Lets generic Django classes (`ModelAdmin[User]`) be written as the type checker reads them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# Where this installation keeps what it writes: database, media, queue, models, logs.
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Core ---------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")  # `make up` writes a random one into .env
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
# The password of the demo accounts; without one `seed_demo` makes none.
DEMO_PASSWORD = env("DEMO_PASSWORD", default="")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "companion_site",
    "companion_site.core",
    "companion_site.providers",
    "accounts",
    "billing",
    "moderation",
    "characters",
    "chat",
    "insights",
    "training",
]

MIDDLEWARE = [
    "companion_site.core.requestid.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "accounts.middleware.AgeDoorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "companion_site.core.problems.ProblemMiddleware",
]

ROOT_URLCONF = "companion_site.urls"
ASGI_APPLICATION = "companion_site.asgi.application"
WSGI_APPLICATION = "companion_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # First, so that the site's own pages stand before those of allauth and django.forms.
        "DIRS": [BASE_DIR / "companion_site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["companion_site.templatetags.park"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "companion_site.core.context.site",
                "companion_site.providers.context.model",
                "billing.context.wallet",
                "moderation.context.notices",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database -----------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'cardia.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a deferred transaction that upgrades to a write fails at once with
    # "database is locked"; taking the write lock up front waits its turn instead.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
            # Or INSERT OR REPLACE would delete rows behind the back of the append-only triggers.
            " PRAGMA recursive_triggers=ON;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and sessions -------------------------------------------------------------

REDIS_URL = env("REDIS_URL", default="")
_CACHE = "redis.RedisCache" if REDIS_URL else "locmem.LocMemCache"
CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{_CACHE}", "LOCATION": REDIS_URL or "cardia"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
_BUCKETS = {"BACKEND": "companion_site.core.buckets.RedisBuckets", "OPTIONS": {"url": REDIS_URL}}
RATE_BUCKETS = {"default": _BUCKETS if REDIS_URL else {"BACKEND": "companion_site.core.buckets.LocalBuckets"}}

# --- Languages ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Files --------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR_DIR / "media")))
FIXTURES_DIR = BASE_DIR / "fixtures"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "companion_site.core.staticfiles.ModuleManifestStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- E-mail -------------------------------------------------------------------------

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG.pop("EMAIL_BACKEND")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Cardia <hello@cardia.example>")

# --- Security -----------------------------------------------------------------------

# True behind TLS. The default installation listens on loopback only, where there is none.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = OWN_SOURCES_ONLY

# --- Sign-in ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_SIGNUP_REDIRECT_URL = "accounts:age"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = env("ACCOUNT_EMAIL_VERIFICATION", default="optional")
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Cardia"

# --- API ----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # First, because it is the one whose refusal is a 401.
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["companion_site.core.api.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_PAGINATION_CLASS": "companion_site.core.api.CursorPagination",
    "PAGE_SIZE": 24,
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"chat": "60/min", "money": "30/min", "import": "20/min", "report": "20/hour"},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "companion_site.core.problems.api_exception_handler",
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
    "DEFAULT_VERSION": "v1",
    "ALLOWED_VERSIONS": ["v1"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = SCHEMA

# --- Queue --------------------------------------------------------------------------

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://localhost//")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"visibility_timeout": 3600}
if CELERY_BROKER_URL.startswith("filesystem"):
    for folder in ("queue", "queue-control"):
        (VAR_DIR / folder).mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **dict.fromkeys(("data_folder_in", "data_folder_out"), str(VAR_DIR / "queue")),
        "control_folder": str(VAR_DIR / "queue-control"),
        "store_processed": False,
        "polling_interval": 0.25,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "relay-outbox": {"task": "core.relay_outbox", "schedule": 2.0},
    "sweep-replies": {"task": "chat.sweep_replies", "schedule": 60.0},
    "purge-deleted": {"task": "chat.purge_deleted", "schedule": 3600.0},
    "sweep-checkouts": {"task": "billing.reconcile_checkouts", "schedule": 300.0},
    "sweep-webhooks": {"task": "billing.sweep_webhooks", "schedule": 30.0},
}

# --- Logging ------------------------------------------------------------------------

LOG_FORMAT = env("LOG_FORMAT", default="line")
LOGGING = logging_config(LOG_FORMAT, env("LOG_LEVEL", default="INFO"))

# --- Models (chat, embeddings) ------------------------------------------------------

# Alias -> BACKEND / OPTIONS, as Django's STORAGES. Precedence without configuration:
# OPENAI_BASE_URL/OPENAI_API_KEY, then a local Ollama, then the embedded model.
OPENAI_BASE_URL = env("OPENAI_BASE_URL", default="")
OPENAI_API_KEY = env("OPENAI_API_KEY", default="")
OPENAI_MODEL = env("OPENAI_MODEL", default="gpt-4o-mini")
OLLAMA_URL = env("OLLAMA_URL", default="http://127.0.0.1:11434")
OLLAMA_MODEL = env("OLLAMA_MODEL", default="")
MODEL_SERVER_HOST = env("MODEL_SERVER_HOST", default="127.0.0.1")
MODEL_SERVER_PORT = env.int("MODEL_SERVER_PORT", default=8091)
MODEL_SERVER_URL = env("MODEL_SERVER_URL", default=f"http://127.0.0.1:{MODEL_SERVER_PORT}/v1")
MODEL_CACHE_DIR = Path(env("MODEL_CACHE_DIR", default=str(Path.home() / ".cache" / "cardia" / "models")))
CHAT_MODEL_BACKEND = env("CHAT_MODEL_BACKEND", default="companion_site.providers.select.BestAvailableChatModel")
CHAT_MODELS = {"default": {"BACKEND": CHAT_MODEL_BACKEND, "OPTIONS": {}}, **env.json("CHAT_MODELS", default={})}
# Who asks which of them, and what their tokens cost: docs/reference/models.md.
CHAT_ROUTES = env.json("CHAT_ROUTES", default={})
CHAT_PRICES = env.json("CHAT_PRICES", default={})
EMBEDDING_MODEL_BACKEND = env(
    "EMBEDDING_MODEL_BACKEND", default="companion_site.providers.embedded.embeddings.SentenceEncoder"
)
EMBEDDING_MODELS = {"default": {"BACKEND": EMBEDDING_MODEL_BACKEND, "OPTIONS": {}}}

# --- Chat ---------------------------------------------------------------------------

CHAT_PIPELINE = [
    "chat.stages.mood.read",
    "chat.stages.memory.recall",
    "chat.stages.scene.choose",
    "chat.stages.prompt.render",
    "chat.stages.reply.stream",
    "chat.stages.safety.screen",
    "chat.stages.character.check",
    "chat.stages.colloquial.rewrite",
]
# How much of a prompt each part may take, in tokens, by the vendor before the slash of the model's name:
# overrides of the table in `chat.prompts.limits`.
CHAT_PROMPT_LIMITS: dict[str, dict[str, object]] = {}
# How lorebooks are scanned: SillyTavern's settings by its names (`characters.lorebook.ScanSettings`); a book's own
# come first. The threshold is that of the embedded encoder: what is related reaches 0.2, what is not stays under 0.1.
CHAT_LOREBOOK: dict[str, object] = {"depth": 4, "similarity_threshold": 0.2, "similarity_entries": 5}
# Replies one process writes at the same time, at most; how many it really takes is measured (`chat.admission`).
CHAT_MAX_REPLIES = env.int("CHAT_MAX_REPLIES", default=256)
# Every other limit of the chat by name, to change some: docs/reference/limits.md.
CHAT_LIMITS = env.json("CHAT_LIMITS", default={})
CHAT_DRAIN_SECONDS = env.float("CHAT_DRAIN_SECONDS", default=30.0)
CHAT_TURNS_PER_MINUTE = env.int("CHAT_TURNS_PER_MINUTE", default=30)
# From this score on a finished reply is out of character and drawn once more.
CHAT_OOC_THRESHOLD = env.float("CHAT_OOC_THRESHOLD", default=0.6)
# How often a reply is drawn to keep the best, by scene and tier; who scores. Weights: `chat.judging.SCORERS`.
CHAT_BEST_OF, CHAT_SCORERS = env.json("CHAT_BEST_OF", default={}), env.json("CHAT_SCORERS", default={})
CHAT_BEST_OF_WAIT_SECONDS = env.float("CHAT_BEST_OF_WAIT_SECONDS", default=1.5)
CHAT_REWRITE_SECONDS = env.float("CHAT_REWRITE_SECONDS", default=4.0)
# How long a reply may wait for the meaning of a message when its words wake no memory.
CHAT_RECALL_SECONDS = env.float("CHAT_RECALL_SECONDS", default=0.12)
# How often the words of running replies are kept, all in one transaction: what a killed process can lose.
CHAT_CHECKPOINT_SECONDS = env.float("CHAT_CHECKPOINT_SECONDS", default=1.0)
# Threads with a database connection each, for code on the event loop. 0: on the request's thread, for tests.
CHAT_DB_THREADS = env.int("CHAT_DB_THREADS", default=4)
# Answer with the finished reply instead of a stream: for servers without an event loop, and tests.
CHAT_REPLY_EAGER = env.bool("CHAT_REPLY_EAGER", default=False)
REPLY_LOG = {
    "default": {
        "BACKEND": "chat.reply_log.redis.RedisReplyLog" if REDIS_URL else "chat.reply_log.memory.MemoryReplyLog",
        "OPTIONS": {"url": REDIS_URL} if REDIS_URL else {},
    }
}

# --- Leaving ------------------------------------------------------------------------

# What one person may take with them: a name in the file -> `f(user)` that returns JSON.
ACCOUNT_EXPORTS = {
    "account": "accounts.services.export_account",
    "wallet": "billing.exports.export_wallet",
    "characters": "characters.exports.export_studio",
    "lorebooks": "characters.exports.export_books",
    "conversations": "chat.exports.export_conversations",
}

# --- Moderation ---------------------------------------------------------------------

MODERATION_SUBJECTS = {
    "character": "characters.moderation.CharacterSubject",
    "reply": "chat.moderation.ReplySubject",
    "message": "chat.moderation.MessageSubject",
}

# --- Money --------------------------------------------------------------------------

STRIPE_API_KEY = env("STRIPE_API_KEY", default="")
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", default="")
# The fake's webhooks go where the payer's browser reached us; FAKE_WEBHOOK_URL is for a worker that sees the site
# elsewhere.
_FAKE_GATEWAY = {
    "BACKEND": "billing.gateways.fake.FakeGateway",
    "OPTIONS": {"webhook_url": env("FAKE_WEBHOOK_URL", default="")},
}
_STRIPE_GATEWAY = {
    "BACKEND": "billing.gateways.stripe.StripeGateway",
    "OPTIONS": {"api_key": STRIPE_API_KEY, "webhook_secret": STRIPE_WEBHOOK_SECRET},
}
PAYMENT_GATEWAYS = {"default": _STRIPE_GATEWAY if STRIPE_API_KEY else _FAKE_GATEWAY}
