"""The Atom feed of what readers reported and officials answered."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from ..api import parameters
from ..http import errors
from ..http.problems import BadParameters
from ..models import Proposal
from . import entries
from .atom import Changes
from .entries import Told
from .scopes import Scope
from .xml import clean


class Answers(Changes):
    """The answers, the latest first."""

    def __init__(self) -> None:
        super().__init__(Scope("纠错的答复", reverse("pilots:correction-feed"), reverse("pilots:correction-list")))

    def title(self) -> str:
        return clean(f"纠错的答复 - {settings.SITE['name']}")

    def subtitle(self) -> str:
        return clean(f"读者报过什么，本站怎样答复，最近的在前，最多{entries.MOST}条；全部见网站的纠错记录页。")

    def items(self) -> list[Told]:
        proposals = Proposal.objects.answered()[: entries.MOST]
        return [_told(proposal) for proposal in proposals]

    def item_extra_kwargs(self, item: Told) -> dict[str, Any]:
        return {"content": clean(render_to_string("pilots/_answered.html", {"proposal": item.proposal}))}


def _told(proposal: Proposal) -> Told:
    words = f"{proposal.get_state_display()}：{proposal.title}（{proposal}）"
    url = f"{reverse('pilots:correction-list')}#correction-{proposal.year}-{proposal.number}"
    name = entries.named("correction", proposal.year, proposal.number)
    return Told(name, timezone.localtime(proposal.answered_at), words, url, proposal=proposal)


class AnswersView(View):
    """The feed of answers; it takes no parameters."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            parameters.read((), request.GET)
        except BadParameters as bad:
            return errors.bad_query(request, str(bad.detail))
        response = Answers()(request)
        del response.headers["Last-Modified"]  # as of the changes
        return response
