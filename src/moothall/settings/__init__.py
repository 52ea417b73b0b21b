"""Django's settings: base, and demo, test and production on it. `env` alone reads the environment."""
