from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "moothall.programme"
    label = "programme"
