from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ...record.loading import load
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "载入通知的数据。官员改过的字段一律保留，删除的不再载入；重复运行不改变任何内容。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只报告会改什么，不写入。")
        parser.add_argument(
            "--fixtures", type=Path, default=settings.BASE_DIR / "fixtures", help="数据文件所在的文件夹。"
        )

    def handle(self, *, dry_run: bool, fixtures: Path, **options: Any) -> None:
        with told_in_one_line("载入通知"):
            report = load(fixtures, dry_run=dry_run)
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(("试运行，未写入：" if dry_run else "") + report.summary())
