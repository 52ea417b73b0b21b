from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "moothall.programme"
    label = "programme"

    def ready(self) -> None:
        from . import personal  # models are there only now

        personal.declare_all()
