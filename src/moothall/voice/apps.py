from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "moothall.voice"
    label = "voice"

    def ready(self) -> None:
        from moothall.core import inbox  # models are there only now

        from . import kinds, personal, services

        kinds.register_all()
        personal.declare_all()
        inbox.register(10, services.read_letter)
