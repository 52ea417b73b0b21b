"""For mypy's Django plugin: settings that start nothing and connect nowhere."""

from .base import *  # noqa: F403

SECRET_KEY = "typecheck"
