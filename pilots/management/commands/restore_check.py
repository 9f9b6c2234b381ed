from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ...backup.checking import Weight, check, newest
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "把备份恢复到一个全新的地方并逐项核对。有问题时逐条列出并以 1 退出。-v 0 时没有问题就不作声。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=settings.DATA_DIR / "backups",
            help="备份文件，或存放备份的文件夹（取最新的一份）。",
        )
        parser.add_argument(
            "--to",
            default="",
            metavar="URL",
            help="恢复到这个空的数据库并留在那里（真正恢复时用）；不写则用临时的，核对后删去。",
        )

    def handle(self, *, path: Path, to: str, verbosity: int, **options: Any) -> None:
        wrong = 0
        with told_in_one_line("核对备份"):
            for weight, text in check(newest(path), connection.settings_dict, to):
                wrong += weight is Weight.WRONG
                if weight is not Weight.GOOD:
                    self.stderr.write(f"{weight.value}{text}")
                elif verbosity:
                    self.stdout.write(text)
        if wrong:
            raise CommandError(f"共 {wrong} 个问题，这份备份不可靠。", returncode=1)
