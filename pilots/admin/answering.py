"""What an official answers to a proposal without changing the record, and who answered what."""

from typing import Any

from django import forms
from django.utils import timezone

from ..http.unsaved import lines
from ..models import Proposal
from ..models.characters import CleanedField, objection
from ..models.proposals import ANSWERED, ProposalState
from ..models.typography import letters
from ..pages.corrections import has_personal_number
from .review import under_review
from .saving import reason_problem


def answered_words(proposal: Proposal) -> str:
    """Return who answered what, for a colleague who was about to."""
    who = proposal.answered_by
    name = (who.get_full_name() or who.get_username()) if who else "读者自己"
    return f"{proposal} 已由{name}答复：{proposal.state_words}。" if who else f"{proposal} 已由{name}撤回。"


class AnswerForm(forms.ModelForm):
    """What an official answers without changing the record; the button that was pressed says how."""

    BUTTONS = {
        "_check": ProposalState.CHECKING,
        "_decline": ProposalState.DECLINED,
        "_accept": ProposalState.ACCEPTED,
    }
    answer = CleanedField(
        label="答复",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="不采纳须写明理由。答复之后公开，请勿写个人姓名；公开的网址会成为链接。核对中的，读者凭提交时得到的网址看得到。",
        error_messages={"null_characters_not_allowed": "含有看不见的控制字符（U+0000），请删去。"},
    )
    opened = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)  # the answer when it was opened
    data: Any  # a QueryDict

    class Meta:
        model = Proposal
        fields = ("answer", "is_quoted")

    def __init__(self, data: Any, instance: Proposal, draft: Any = None) -> None:
        self.was_open, self.answer_before = instance.is_open, instance.answer
        self.words_before = answered_words(instance)
        super().__init__(data, instance=instance, initial={"opened": instance.answer} | (draft or {}))
        if instance.author_id:
            del self.fields["is_quoted"]
            self.fields["answer"].help_text = "写给建议人，不公开。不采纳、退回，或不必再改记录，都请写明理由。"
        if not instance.is_open and not self.state:
            del self.fields["answer"]  # given once, as every word of the history

    @property
    def state(self) -> str:
        """The state that the button gives; none for the one that changes only what is quoted."""
        return next((state for name, state in self.BUTTONS.items() if name in self.data), "")

    def clean(self) -> dict[str, Any]:
        data: Any = super().clean()
        if self.state and not self.was_open:
            self.add_error(None, f"没有写入：{self.words_before}")
        elif self.state in ANSWERED and (review := under_review().get(self.instance.pk)):
            words = f"{review.who}已照此提出修改，采纳{review} 时一并答复"
            self.add_error(None, f"没有写入：{words}；它不采纳、退回或撤回以后，才能在这里答复。")
        if "answer" in data:
            self._check_answer(data["answer"], lines(data.get("opened", "")))
        return data

    def _check_answer(self, text: str, opened: str) -> None:
        if self.was_open and opened != self.answer_before != text:
            self.add_error("answer", f"您打开之后，同事写了：{self.answer_before or '（空）'}。核对后再次提交。")
            self.data = self.data.copy()
            self.data["opened"] = self.answer_before
        if objection(text):
            self.add_error("answer", objection(text))
        elif has_personal_number(text):
            self.add_error("answer", "里面像有身份证号或手机号。答复公开，请删去。")
        elif self.state in ANSWERED and not letters(text):
            self.add_error("answer", "请写明理由。" if self.state == ProposalState.DECLINED else "请写明怎样处理。")
        elif (self.state in ANSWERED or (self.state and self.instance.author_id)) and (
            problem := reason_problem(text)
        ):
            self.add_error("answer", problem)

    def write(self, person: Any) -> None:
        """Write the answer; of one that is answered, whether its words are quoted."""
        proposal = self.instance
        if self.state == ProposalState.CHECKING:
            proposal.checking_at = proposal.checking_at or timezone.now()
        elif self.state:
            proposal.answered_by, proposal.answered_at = person, timezone.now()
        proposal.state = self.state or proposal.state
        proposal.save()
