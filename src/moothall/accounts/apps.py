import datetime as dt

from django.apps import AppConfig

from moothall.core import sweeps


class AccountsConfig(AppConfig):
    name = "moothall.accounts"
    label = "accounts"

    def ready(self) -> None:
        from . import personal, services  # models are there only now

        personal.declare_all()
        sweeps.register("old sessions", dt.timedelta(hours=1), services.clear_old_sessions)
