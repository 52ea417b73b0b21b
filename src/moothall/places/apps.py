import datetime as dt

from django.apps import AppConfig

from moothall.core import sweeps


class PlacesConfig(AppConfig):
    name = "moothall.places"
    label = "places"

    def ready(self) -> None:
        from . import kinds, personal, services  # models are there only now

        kinds.register_all()
        personal.declare_all()
        sweeps.register("offers of places", dt.timedelta(seconds=10), services.sweep_offers)
        sweeps.register("changes of occasions", dt.timedelta(seconds=10), services.sweep_changes)
