from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "moothall.directory"
    label = "directory"

    def ready(self) -> None:
        from . import personal  # models are there only now

        personal.declare_all()
