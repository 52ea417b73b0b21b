"""The fictional city of Fenbridge on one's own machine. Its secret is no secret: nothing here may be reached from outside."""

from .base import *  # noqa: F403

SECRET_KEY = "fenbridge-is-fictional-and-so-is-this-secret-do-not-use-it-elsewhere"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DEBUG = False
CITY_NAME = "Fenbridge"
