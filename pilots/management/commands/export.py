import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from ...exports import everything
from ...exports.store import UnsteadyError
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = (
        "把全部数据写到一个文件夹：地区和重点的 CSV、XLSX、JSON，数据包，离线副本，更正订阅，日历，接口说明，校验和。"
        "与网站给出的逐字节相同。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        domain = settings.SITE["domain"]
        parser.add_argument("folder", type=Path, help="文件夹，没有则建；里面同名的文件会被替换，别的不动。")
        parser.add_argument(
            "--address",
            type=site_address,
            default=f"{'https' if settings.HTTPS else 'http'}://{domain}" if domain else "http://127.0.0.1:8000",
            help="网站的地址，写进文件里的网址；默认按 SITE_DOMAIN 和 HTTPS，没有设置则为 %(default)s 。",
        )

    def handle(self, *, folder: Path, address: str, verbosity: int, **options: Any) -> None:
        started = time.perf_counter()
        with told_in_one_line("导出"):
            try:
                files = everything.everything(address)
            except UnsteadyError as error:
                raise CommandError("导出：记录一直在更改，请稍后再试。") from error
            everything.write(folder, files)
        if verbosity:
            for name, content in files.items():
                self.stdout.write(f"{name}（{filesizeformat(len(content))}）")
            spent = time.perf_counter() - started
            self.stdout.write(f"已写到 {folder}，网址按 {address} 写（{spent:.2f} 秒）。")


def site_address(text: str) -> str:
    """Return scheme and host that are typed; ArgumentTypeError where they are something else."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ArgumentTypeError("须为网站的地址，如 https://example.cn 。")
    return f"{parts.scheme}://{parts.netloc}"
