"""The fictional city of Fenbridge on one's own machine. Its secret is no secret: nothing here may be reached from outside."""

from pathlib import Path

from .base import *  # noqa: F403

SECRET_KEY = "fenbridge-is-fictional-and-so-is-this-secret-do-not-use-it-elsewhere"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DEBUG = False
CITY_NAME = "Fenbridge"

# One click makes one anybody, and all mail can be read: the addresses of the demo, which no other settings name.
ROOT_URLCONF = "demo.urls"
MORE_TEMPLATES = [Path(__file__).parents[3] / "demo" / "templates"]
DEMO_PERSONAS = "demo-personas"
EMAIL_BACKEND = "demo.mailbox.Mailbox"
KEEP_SENT_SECRETS = True
