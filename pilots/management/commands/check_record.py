from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pilots import record
from pilots.trouble import told_in_one_line


class Command(BaseCommand):
    help = "核对数据：数量、序号、归类，以及与所收原文是否一致。有问题时逐条列出并以 1 退出。"

    def handle(self, **options: Any) -> None:
        with told_in_one_line("核对数据"):
            problems = record.problems()
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"共 {len(problems)} 个问题。", returncode=1)
        self.stdout.write("数据完整，与所收原文一致。")
