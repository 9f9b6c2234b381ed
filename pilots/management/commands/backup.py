from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.template.defaultfilters import filesizeformat

from ...backup.writing import write
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = (
        "备份数据库（网站可照常使用），读回核对，并只保留最近若干份。密钥不在备份里。"
        "文件有丢失的，其余照样备份，退出码为 1。-v 0 时没有问题就不作声。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", type=Path, default=settings.DATA_DIR / "backups", help="存放备份的文件夹，最好在另一块磁盘上。"
        )
        parser.add_argument("--keep", type=_at_least_one, default=14, help="保留最近几份，默认 14。")

    def handle(self, *, to: Path, keep: int, verbosity: int, **options: Any) -> None:
        with told_in_one_line("备份"):
            written = write(connection.settings_dict, to, keep)
        for fault in written.faults:
            self.stderr.write(f"提醒：{fault}")
        if verbosity:
            rows = written.manifest.rows
            summary = (
                f"{filesizeformat(written.manifest.size)}，{len(rows)} 张表共 {sum(rows.values())} 行，已读回核对"
            )
            self.stdout.write(f"已备份到 {written.path}（{summary}）")
            for path in written.removed:
                self.stdout.write(f"已删去较旧的 {path}")
        if written.lost:
            raise CommandError("\n".join([*written.lost, f"其余的已备份到 {written.path}。"]))


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("须为 1 或更大的整数。")
    return int(text)
