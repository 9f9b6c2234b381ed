"""建议和纠错: whom each concerns."""

from typing import Any

from django.db.models import Q

from ..models import Proposal, Region
from ..models.proposals import ProposalQuerySet, ProposalState
from .permissions import EDIT, editable


def concerning(user: Any) -> ProposalQuerySet:
    """Return the proposals that a person may see: of the areas that are hers to edit, and her own."""
    if not user.has_perm("pilots.view_proposal"):
        return Proposal.objects.none()
    if user.has_perm(EDIT):
        return Proposal.objects.all()
    areas = Region.all_objects.filter(editable(user, Region)).order_by().values("pk")
    return Proposal.objects.filter(Q(subject_kind="region", subject_id__in=areas) | Q(author=user))


def waiting_for(user: Any) -> ProposalQuerySet:
    """Return those that wait for this person: for her answer, and of her own those that were sent back."""
    proposals = concerning(user).open()
    sent_back = Q(author=user, state=ProposalState.CHECKING) & ~Q(answer="")
    others = ~Q(author=user) if user.has_perm(EDIT) else Q(author=None)
    return proposals.filter(others | sent_back)
