from django.apps import AppConfig


class AppealsConfig(AppConfig):
    name = "moothall.appeals"
    label = "appeals"

    def ready(self) -> None:
        from . import kinds, personal  # models are there only now

        kinds.register_all()
        personal.declare_all()
