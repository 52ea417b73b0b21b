from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "moothall.directory"
    label = "directory"

    def ready(self) -> None:
        from moothall.core import imports

        from . import personal, services  # models are there only now
        from .selectors.importing import DIRECTORY

        imports.TAKERS |= {services.PEOPLE: services.take_people, DIRECTORY: services.take_directory}
        personal.declare_all()
