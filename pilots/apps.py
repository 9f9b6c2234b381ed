from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pilots"
    verbose_name = "生态文明先行示范区"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .accounts import signals
        from .history import recording
        from .models import links
        from .search import indexing

        links.connect(self)
        indexing.connect(self)
        signals.connect(self)
        recording.connect(self)
