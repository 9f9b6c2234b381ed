import gc

from django.apps import AppConfig
from django.core.validators import ProhibitNullCharactersValidator


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
        # Of every form; Django's Chinese says that nothing may be empty (「不允许是用空字符串」).
        ProhibitNullCharactersValidator.message = "含有看不见的控制字符（U+0000），请删去。"
        gc.freeze()
        gc.enable()  # manage.py stops it meanwhile: what is imported stays
