import os
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...exports import offline
from ...exports.state import one_moment
from ...exports.store import UnsteadyError
from ..errors import told_in_one_line
from .export import site_address

NICENESS = 5  # readers come first
PATIENCE = 20  # seconds, a try each, while a worker makes a file that the page of the data tells of


class Command(BaseCommand):
    help = "制作离线副本，供下载。平时不需要：更正后第一次有人下载时，网站自己运行它。"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", type=site_address, help="网站的地址，写进文件里的网址。")

    def handle(self, *, address: str, **options: Any) -> None:
        os.nice(NICENESS)
        with told_in_one_line("制作离线副本"), one_moment():
            for seconds_left in reversed(range(PATIENCE)):
                try:
                    offline.packed(address)
                    break
                except UnsteadyError as error:
                    if not seconds_left:
                        raise CommandError("制作离线副本：正有另一个进程在制作。请稍后再试。") from error
                    time.sleep(1)
            if offline.size(address) is None:
                raise CommandError(f"制作离线副本：不能保存到 {settings.DATA_DIR} 。请检查磁盘是否已满或只读。")
