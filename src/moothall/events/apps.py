import datetime as dt

from django.apps import AppConfig

from moothall.core import sweeps


class EventsConfig(AppConfig):
    name = "moothall.events"
    label = "events"

    def ready(self) -> None:
        from . import kinds, personal, services  # models are there only now

        kinds.register_all()
        personal.declare_all()
        sweeps.register("calendars of others", dt.timedelta(seconds=60), services.sweep_sources)
        sweeps.register("limits that end", dt.timedelta(minutes=1), services.sweep_conduct)
        sweeps.register("how it was", dt.timedelta(minutes=10), services.sweep_how_it_was)
        sweeps.register("new events", dt.timedelta(seconds=60), services.sweep_new_events)
