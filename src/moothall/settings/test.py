"""The tests. The database is set up by tests/conftest.py, on the embedded server or on DATABASE_URL."""

from .base import *  # noqa: F403
from .base import DATABASES

SECRET_KEY = "only-for-tests-" + "x" * 50
ALLOWED_HOSTS = ["testserver", "localhost"]
DEBUG = False
CITY_NAME = "Fenbridge"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The same shape, a thousandth of the cost: what Argon2 costs is measured in bench/, not paid by every test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
# One connection a test, given back at its end: a pool would keep the test database busy when it is dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)
