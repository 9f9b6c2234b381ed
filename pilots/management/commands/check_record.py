from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...record import attachments, checks, database
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "核对数据：数量、序号、归类，与所收原文是否一致。有问题时逐条列出并以 1 退出；官员更正、撤下的只作提醒。"

    def handle(self, *, verbosity: int, **options: Any) -> None:
        with told_in_one_line("核对数据"):
            problems, notes = checks.problems(), checks.notes() if verbosity else []
            problems += attachments.problems() if not database.lost_columns() else ()
        for note in notes:
            self.stdout.write(f"提醒：{note}")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"共 {len(problems)} 个问题。", returncode=1)
        if verbosity:
            self.stdout.write(f"{checks.soundness(notes)}。")
