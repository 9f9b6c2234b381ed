"""Settings, read from the environment: safe for production when nothing is set (README: settings table)."""

import os
from pathlib import Path
from typing import Any

from config import connections
from config import environment as env
from config.bodies import FORM_BYTES
from config.logs import in_one_line

BASE_DIR = Path(__file__).resolve().parent.parent

# What is made on this machine and never tracked: the SQLite file, the secret key, collected static files.
DATA_DIR = env.folder("DATA_DIR", default=BASE_DIR / ".data")
SECRET_KEY_FILE = DATA_DIR / "secret-key"

DEBUG = env.boolean("DEBUG", default=False)
# No default secret: without one, whatever needs it stops with ImproperlyConfigured.
# A folder that can't be looked into is quickstart's to report, in one line.
try:
    _kept_key = SECRET_KEY_FILE.read_text("utf-8").strip()
except OSError:
    _kept_key = ""
except UnicodeDecodeError as error:
    raise env.SettingError("SECRET_KEY", f"{SECRET_KEY_FILE} 已损坏，不是文字。请从备份恢复这个文件。") from error
SECRET_KEY = env.secret("SECRET_KEY", may_be_weak=DEBUG) or _kept_key
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS", may_be_weak=DEBUG)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"], patterns=DEBUG)
# Beside 80 and 443; where none is set, the one that the server listens on.
ALLOWED_PORTS = env.ports("ALLOWED_PORTS")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_filters",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "auditlog",
    "pilots",
]
MIDDLEWARE = [
    "pilots.http.middleware.log_request",
    "pilots.http.middleware.settle_host",
    "django.middleware.security.SecurityMiddleware",
    "pilots.http.middleware.StaticFilesMiddleware",
    "pilots.http.middleware.share_with_scripts",
    "pilots.http.middleware.answer_head_as_get",
    "pilots.http.middleware.PolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "pilots.http.middleware.CompressionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "pilots.http.middleware.refuse_unread",
    "pilots.http.networks.close_admin",
    "pilots.http.middleware.mend_address",
    "pilots.http.middleware.ReadingMiddleware",
    "pilots.http.middleware.refuse_control_characters",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pilots.http.middleware.keep_typed_text",
    "pilots.accounts.sessions.limit_sessions",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # mend_address mends case, slash and old slugs in one 301
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pilots.pages.context_processors.context",
            ],
            "libraries": {"fragments": "pilots.pages.fragments"},
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # finds ours in templates/django

# SQLite as it comes, PostgreSQL by DATABASE_URL.
_database = env.text("DATABASE_URL")
DATABASES = {
    "default": connections.database("DATABASE_URL", _database, BASE_DIR)
    if _database
    else connections.file(DATA_DIR / "db.sqlite3")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Deferred transactions that turn into writers fail at once; IMMEDIATE ones wait their turn.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,  # seconds to wait for the turn, unless the URL says otherwise: ?timeout=2
        # Not WAL: SQLite before 3.51.3 can corrupt a file with several writers there.
        "init_command": "PRAGMA journal_mode=DELETE; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;",
    } | DATABASES["default"].get("OPTIONS", {})
DATABASES["default"]["CONN_MAX_AGE"] = 60  # opening SQLite anew costs half a millisecond a request, too
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A table that every process shares: how often somebody tried to sign in must hold across workers.
_cache = env.text("CACHE_URL")
_is_redis = _cache.lower().startswith("redis")
CACHES = {
    "default": connections.cache("CACHE_URL", _cache or f"dbcache://{connections.CACHE_TABLE}?max_entries=100000"),
    # Reading must not write to the database: without Redis a file counts (pilots.api.counting), else this.
    "api": connections.cache("CACHE_URL", _cache if _is_redis else "locmemcache://api?max_entries=10000"),
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]  # what the stock admin says otherwise here
FORMAT_MODULE_PATH = "config.formats"  # dates as officials write them

PAGE_CACHE = env.boolean("PAGE_CACHE", default=True)  # pilots.http.page_cache
BEHIND_PROXY = env.boolean("BEHIND_PROXY", default=False)  # a proxy ends TLS, and says so and for whom it asks
ADMIN_ADDRESSES = env.networks("ADMIN_ADDRESSES")  # from where the admin may be reached; none: from anywhere

# Processes that answer: two a core, for one may wait for the database.
WEB_CONCURRENCY = env.workers("WEB_CONCURRENCY", default=min(8, 2 * (os.cpu_count() or 1)))

# The API (pilots/api): for reading, without accounts. How often one address may ask; empty for no limit.
API_RATE = env.rate("API_RATE", default="300/minute")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "pilots.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "pilots.http.problems.handle",
    "NUM_PROXIES": int(BEHIND_PROXY),
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": env.words("SITE_NAME", default="生态文明先行示范区名录"),
    "DESCRIPTION": "只供阅读的接口。通知的文字照录，分类和后来的名称为本站整理。",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["pilots.api.schema.finish"],
}

# The history (pilots/history): values as they are, and of every row that there is.
AUDITLOG_LOGENTRY_MODEL = "pilots.HistoryEntry"
MIGRATION_MODULES = {"auditlog": None}  # its own table is not made: ours takes its place
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_USE_BASE_MANAGER = True

# An area with 130 rows of ten fields is one form; the stock limit of 1000 breaks at about a hundred rows.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = FORM_BYTES  # the server says what is larger

# Files that are sent stay in memory (config/rsgi.py bounds them): nobody fills the disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 21 << 20
FILE_UPLOAD_PERMISSIONS = 0o600  # of collected files, too: the site itself serves them
MEDIA_ROOT = DATA_DIR / "files"  # PDFs of documents (pilots.record.attachments); no address leads into it
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # what is asked for at /, by browsers that read no page: favicon.ico
STORAGES = {
    # Whatever storage Django has will do here; several machines need one that all of them reach.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "pilots.http.staticfiles.BundledStaticFilesStorage"
    },
}

# Security. HTTPS says that readers reach the site over TLS.
HTTPS = env.boolean("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# How long browsers refuse plain HTTP, in steps: what is said can't be taken back before it has passed, and the last
# step holds for every subdomain, too, and in lists that browsers are delivered with.
_seconds = {"hour": 3600, "month": 2_592_000, "year": 31_536_000, "preload": 63_072_000}
_step = env.one_of("HSTS", env.text("HSTS", "hour"), list(_seconds))
SECURE_HSTS_SECONDS = _seconds[_step] if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS and _step == "preload"
SILENCED_SYSTEM_CHECKS = [] if _step == "preload" else ["security.W005", "security.W021"]  # subdomains: the last step
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked over plain HTTP by whoever watches the process
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pilots.http.errors.csrf_failed"  # the stock page has an inline style
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}

# Signing in: a name and a password, then a code. Accounts are made by 管理员.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "pilots.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "pilots.accounts.passwords.ThreeOfFourClasses"},
    {"NAME": "pilots.accounts.passwords.NotGuessable"},
    {"NAME": "pilots.accounts.passwords.NotUsedBefore"},
]
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_ENGINE = "pilots.accounts.sessions"
SESSION_COOKIE_AGE = 8 * 3600  # since signing in; idle ones end sooner (pilots.accounts.sessions)
# A first run on this machine needs no code; a site that others can ask for does.
_is_local = DEBUG or {"127.0.0.1", "localhost", "[::1]"}.issuperset(ALLOWED_HOSTS)
REQUIRE_MFA = env.boolean("REQUIRE_MFA", default=not _is_local)
ACCOUNT_ADAPTER = "pilots.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"  # no mail is sent but by tell_officials
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/5m/key",  # of one address, of one name from one address (or of one code);
    "login_failed_of_name": "50/h/key",  # of one name, wherever from; the rest as it comes
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
MFA_ADAPTER = "pilots.accounts.adapter.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "pilots.accounts.forms.AuthenticateForm",
    "reauthenticate": "pilots.accounts.forms.ReauthenticateForm",
    "activate_totp": "pilots.accounts.forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# No tolerance: allauth takes a code once within its 30 seconds, and would take an older one again.
MFA_TOTP_TOLERANCE = 0

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"outages": {"()": "django.utils.log.CallbackFilter", "callback": in_one_line}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR", "filters": ["outages"]},  # pilots.requests has a 404 already,
        "django.security": {"level": "CRITICAL"},  # and of what is refused: no traceback for each that asks
        "django.server": {"handlers": [], "level": "ERROR"},
        "pilots": {"level": "INFO"},
    },
}

# Feeds name a hub (WebSub) and security.txt whom to tell only when there is one.
FOLLOWING: dict[str, Any] = {
    "hub": env.url("WEBSUB_HUB", has_parts=False),
    "security_contacts": env.contacts("SECURITY_CONTACT"),
}

# Readers may say what is wrong where somebody may answer (pilots.pages.corrections).
FEEDBACK = env.boolean("FEEDBACK", default=True)
EMAIL_HOST, EMAIL_TIMEOUT = "", 20  # no mail server; seconds that one may take
_mail = env.text("EMAIL_URL")
globals().update(connections.mail("EMAIL_URL", _mail) if _mail else {})
# Whose edits of the notice's words and of published facts wait for somebody else (pilots.admin.review).
REVIEW = {env.one_of("REVIEW", role, ["province", "ministry", "off"]) for role in env.members("REVIEW", ["province"])}

# Who runs the site, and the marks that only some operators have: unset, nothing is rendered.
SITE = {
    "name": env.words("SITE_NAME", default="生态文明先行示范区名录"),
    "domain": env.domain("SITE_DOMAIN", env.text("SITE_DOMAIN")),
    "operator": env.words("SITE_OPERATOR"),
    "contact": env.contact("SITE_CONTACT"),
    "id_code": env.registration("SITE_ID_CODE", "网站标识码"),
    "icp_number": env.registration("SITE_ICP_NUMBER", "ICP 备案号"),
    "police_number": env.registration("SITE_POLICE_NUMBER", "公安备案号"),
    # What every file to take away says of where its words come from, and on what terms it may be used.
    "source": env.words(
        "DATA_SOURCE", default="本站依据公开文件整理，归类和说明为本站所加，引用请以发文机关公布的文本为准。"
    ),
    "licence": env.words("DATA_LICENCE"),
    "licence_url": env.url("DATA_LICENCE_URL"),
}
