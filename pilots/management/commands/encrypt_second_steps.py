from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...accounts import encryption
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = "用现在的 SECRET_KEY 加密全部两步验证的密钥；更换 SECRET_KEY 后运行一次，SECRET_KEY_FALLBACKS 就可以去掉。"

    def handle(self, **options: Any) -> None:
        with told_in_one_line("加密两步验证"):
            count, lost = encryption.encrypt_all()
            if not lost:  # else this may be the one instance whose key is wrong
                encryption.mark(is_changed=True)
        for name in lost:
            self.stderr.write(f"{name} 的两步验证读不出来：旧密钥丢失的，运行 reset_official {name} --second-step。")
        self.stdout.write(f"已加密 {count} 个密钥。")
        if lost:
            raise CommandError(
                "SECRET_KEY 打不开上述两步验证，没有把它记作全站的密钥。请先核对它与其他实例是否相同；"
                "换过密钥的，把旧的写进 SECRET_KEY_FALLBACKS 再运行。"
            )
