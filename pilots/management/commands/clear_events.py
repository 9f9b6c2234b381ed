from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ...models import SecurityEvent
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = f"删去 {SecurityEvent.KEPT_DAYS} 天以前的安全事件；更近的，数据库不让删。每夜运行。-v 0 时不作声。"

    def handle(self, *, verbosity: int, **options: Any) -> None:
        with told_in_one_line("清理安全事件"):
            end = timezone.now() - timedelta(days=SecurityEvent.KEPT_DAYS)
            count, _ = SecurityEvent.objects.filter(at__lt=end).delete()
        if verbosity:
            self.stdout.write(f"删去 {count} 条安全事件")
