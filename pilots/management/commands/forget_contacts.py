from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ...models import Proposal
from ...models.proposals import CONTACT_KEPT
from ..errors import told_in_one_line


class Command(BaseCommand):
    help = f"删去答复满 {CONTACT_KEPT.days} 天的纠错里读者的称呼和联系方式。每夜运行。-v 0 时不作声。"

    def handle(self, *, verbosity: int, **options: Any) -> None:
        with told_in_one_line("删去联系方式"):
            count = Proposal.objects.outdated(timezone.now()).update(contact="")
        if verbosity:
            self.stdout.write(f"删去 {count} 件纠错的联系方式。")
