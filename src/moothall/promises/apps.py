import datetime as dt

from django.apps import AppConfig

from moothall.core import sweeps


class PromisesConfig(AppConfig):
    name = "moothall.promises"
    label = "promises"

    def ready(self) -> None:
        from . import personal, selectors, services  # models are there only now

        personal.declare_all()
        selectors.add_own_sections()
        sweeps.register("promises", dt.timedelta(seconds=10), services.sweep_promises)
        sweeps.register("weekly mail", dt.timedelta(seconds=30), services.sweep_week_mail)
