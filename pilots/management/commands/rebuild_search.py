from typing import Any

from django.core.management.base import BaseCommand

from ...search import indexing
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "重建检索索引。平时不需要：索引与记录在同一事务里更新。"

    def handle(self, **options: Any) -> None:
        with told_in_one_line("重建检索索引"):
            count = indexing.rebuild()
        self.stdout.write(f"已重建 {count} 个检索条目。")
