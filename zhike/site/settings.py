"""Django's settings, all decided here or read from the home; see ``zhike.site.home`` for what a home may say."""

from __future__ import annotations

from pathlib import Path

from zhike.site.home import Home, cipher_of, database_settings, files_settings, replica_settings, tasks_settings
from zhike.site.languages import LOCALE
from zhike.site.logs import logging_settings

_home = Home.here()
_package = Path(__file__).resolve().parent.parent
_static = _package / "web" / "static"

ZHIKE_HOME = str(_home.path)
# How a new home seals its secrets: "aes", or "sm4" for companies that have to use 国密. Read once, with the first key.
ZHIKE_CIPHER = cipher_of(_home)
SECRET_KEY = _home.secret_text()
DEBUG = False
# Names under which the server answers; anything else is refused, so that a foreign name cannot be pointed at it.
ALLOWED_HOSTS = [*_home.option("hosts", []), "localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = ["zhike.store", "zhike.objects", "zhike.site"]
ROOT_URLCONF = "zhike.site.urls"
WSGI_APPLICATION = "zhike.site.wsgi.application"
MIDDLEWARE = [
    "zhike.web.middleware.Compressed",
    "zhike.web.middleware.Headers",
    "zhike.site.probes.Probes",
    "zhike.site.steady.Steady",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "zhike.web.middleware.SignedIn",
]
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "zhike.web.errors.csrf_failure"
TEMPLATES: list[dict[str, object]] = []  # pages come from the engine in zhike.web.jinja

DATABASES = {"default": database_settings(_home), **replica_settings(_home)}
# Seconds that a replica may be behind and still answer lists, boards, dashboards, searches and exports.
REPLICA_LAG = _home.option("replica_lag", 2.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# -- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [str(LOCALE)]
USE_I18N = False  # texts are translated by zhike.kernel.words
USE_TZ = True
TIME_ZONE = "UTC"

# -- cookies ------------------------------------------------------------------------------------------------------------
_https = _home.option("https", False)
SESSION_COOKIE_NAME = "zhike"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "zhike-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
# Only behind a proxy that sets this header itself: otherwise anybody could claim to have come over HTTPS.
BEHIND_PROXY = bool(_home.option("behind_proxy", False))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None

# -- calls to other machines: only to public addresses, save those the owner of the home names --------------------------------
PRIVATE_HOSTS = [str(one) for one in _home.option("private_hosts", [])]
MAIL_INSIDE = bool(_home.option("mail_inside", True))

# -- work in the background: a job is handed on by the table of jobs, or by a broker that several machines listen to -----------
TASKS = {"default": tasks_settings(_home)}

# -- uploads: in the home's folder, or in a bucket that several machines share -----------------------------------------------------
FILES = files_settings(_home)

# -- sizes --------------------------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# -- built assets -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = str(_static) if _static.is_dir() else None
WHITENOISE_USE_FINDERS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[A-Z0-9]{8}\.[a-z0-9]+$"
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOGGING = logging_settings(_home.logs, str(_home.option("log_level", "INFO")).upper())
