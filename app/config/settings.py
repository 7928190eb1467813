"""Django's settings, read from variables and secret files. Without any, it is the production that is meant."""

import os
from pathlib import Path
from zoneinfo import available_timezones

from config import logging, security
from config.cache import caches
from config.database import databases
from config.environment import Environment
from monitor.api import settings as api

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(os.environ)

DEBUG = env.flag("DEBUG")
CELERY_EAGER = env.flag("CELERY_EAGER")
LOCAL = DEBUG or CELERY_EAGER

SECRET_KEY = env.secret("DJANGO_SECRET_KEY", shortest=50).reveal()  # security.W009 asks for 50 characters

# What this is, as /version tells: the image brings APP_RELEASE and APP_REVISION.
RELEASE = env.text("RELEASE", env.text("APP_RELEASE", "unreleased"))
REVISION = env.text("REVISION", env.text("APP_REVISION", "unknown"))
IMAGE_DIGEST = env.text("IMAGE_DIGEST", env.text("IMAGE", "").partition("@")[2] or "unknown")

INSTALLED_APPS = [
    "config.apps.ProductConfig",
    "monitor",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "config.health.health_middleware",  # before anything that may refuse a probe: host check, redirect, sessions
    "config.middleware.exchange_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

DATABASES = databases(env)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = caches(env, local=LOCAL)
# In the database, which is staff's alone to fill: signing out ends a session for good, which a signed cookie cannot
# do, and Redis may evict or lose what it holds.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", ("redis", "rediss"), "memory://localhost" if LOCAL else None)
# Seconds, and tasks that a process takes ahead; `kkinfra validate` proves that they fit each other and a stop.
CELERY_TASK_TIME_LIMIT = env.number("CELERY_TASK_TIME_LIMIT", 45, least=10)
CELERY_VISIBILITY_TIMEOUT = env.number("CELERY_VISIBILITY_TIMEOUT", 120, least=10)
CELERY_WORKER_PREFETCH_MULTIPLIER = env.number("CELERY_WORKER_PREFETCH_MULTIPLIER", 1, least=1)
CELERY_RESULT_BACKEND = env.url("CELERY_RESULT_BACKEND", ("redis", "rediss"), "cache+memory://" if LOCAL else None)

USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Seoul")
if TIME_ZONE not in available_timezones():
    env.problems.append(f"TIME_ZONE is {TIME_ZONE!r}. Write a name of the time zone database, such as Asia/Seoul.")
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", [code for code, _ in LANGUAGES], "ko")
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else None)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
TLS = security.speaks_tls(CSRF_TRUSTED_ORIGINS, debug=DEBUG)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = TLS
SECURE_HSTS_SECONDS = security.HSTS_SECONDS if TLS else 0
# Nginx, and Traefik, which replace what a client sends, stand before every environment.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = security.cookie_name("session", tls=TLS)
CSRF_COOKIE_NAME = security.cookie_name("csrf", tls=TLS)
CSRF_COOKIE_HTTPONLY = True
SILENCED_SYSTEM_CHECKS = security.SILENCED_SYSTEM_CHECKS

REST_FRAMEWORK = api.REST_FRAMEWORK
SPECTACULAR_SETTINGS = api.SPECTACULAR_SETTINGS

SITE_NAME = env.text("SITE_NAME", "깜빡이")
PAGE_FRESH_SECONDS = env.number("PAGE_FRESH_SECONDS", 10)
PROBE_ALLOW_PRIVATE = env.flag("PROBE_ALLOW_PRIVATE")
PROBE_MAX_BYTES = env.number("PROBE_MAX_BYTES", 1_000_000, least=1)
PROBE_MAX_REDIRECTS = env.number("PROBE_MAX_REDIRECTS", 5, most=20)
PROBE_RETENTION_DAYS = env.number("PROBE_RETENTION_DAYS", 7, least=2)
HOURLY_RETENTION_DAYS = env.number("HOURLY_RETENTION_DAYS", 90, least=2)
DAILY_RETENTION_DAYS = env.number("DAILY_RETENTION_DAYS", 400, least=90)
INCIDENT_WEBHOOK_URL = env.url("INCIDENT_WEBHOOK_URL", ("https", "http"), "", whole_is_secret=True)

LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "text"), "text" if DEBUG else "json")
LOGGING = logging.configuration(LOG_LEVEL, LOG_FORMAT, env.secrets)

env.check()
