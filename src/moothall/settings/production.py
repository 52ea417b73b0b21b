"""A city's own installation. Everything secret or local comes from the environment, and what is missing is said at once."""

from . import env as environment
from .base import *  # noqa: F403
from .base import ENV, LOGGING

ENV = environment.required(ENV)
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = list(ENV.hosts)
DEBUG = False

SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.https
SECURE_HSTS_PRELOAD = ENV.https
CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_SECURE = ENV.https
if ENV.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING["formatters"]["line"] = {"()": "moothall.core.logs.JsonLines"}
