"""纠错: a reader says what is wrong and follows it at an address of her own; everybody reads what was answered."""

import re
import time
import unicodedata
from html import unescape
from typing import Any
from urllib.parse import unquote

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import DetailView, FormView, TemplateView

from ..api.throttling import AddressThrottle
from ..history.edits import give_edits
from ..models import (
    Ministry,
    Notice,
    Priority,
    Proposal,
    Province,
    Region,
    Section,
    System,
    Topic,
)
from ..models.characters import CleanedField, objection
from ..models.history import subject_of
from ..models.proposals import ANSWER_WITHIN, OPEN, FullError, ProposalState, new_code
from ..models.recorded import kind_of
from ..models.sources import ADDRESS
from ..models.typography import letters
from ..record import corrections
from .base import Column, Page, PageMixin

SALT = "pilots.pages.corrections"
VALID_FOR = 24 * 3600  # seconds between opening the form and sending it
QUICKEST = 3  # seconds in which nobody has read the form and written something
RATE = "10/hour"  # of one network address
PAGE_SIZE = 50
ROBOTS_ONLY = "website"  # a field that no person sees
THINGS = {
    "region-detail": Region,
    "notice-detail": Notice,
    "province-detail": Province,
    "ministry-detail": Ministry,
    "topic-detail": Topic,
    "system-detail": System,
}
_IDENTITY = r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"  # 公民身份号码 (GB 11643)
_OLD_IDENTITY = r"[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"  # of 15 digits, before 1999
_MOBILE = r"(?:(?:00)?86|0|12593|17951)?1[3-9]\d{9}"  # with what is dialled before it
_ROW = re.compile(r"\d+[Xx]?(?:(?:[\W_]|[A-Za-z])\d+[Xx]?)*")  # of digits, parted however people part them
_PART = re.compile(r"\d+[Xx]?")
MOST_PARTS = 18  # into which a number is parted
_YEAR, _WORD = r"(?:19|20)\d\d", r"[^\W\d_\u4e00-\u9fff]{1,8}"
_GROUPS = re.compile(  # as people group a number, parted by words, or as the address of a page is
    rf"(?<!\d)1[3-9]\d{_WORD}(?!{_YEAR})\d{{4}}{_WORD}(?!{_YEAR})\d{{4}}(?!\d)"
    rf"|(?<!\d)[1-9]\d{{5}}{_WORD}{_YEAR}\d{{4}}{_WORD}\d{{3}}[\dXx](?!\d)"
    rf"|(?<![^\W_])1[3-9]\d[/._-](?!{_YEAR})\d{{4}}[/._-]\d{{4}}(?![^\W_])"
)
_STROKE = re.compile(r"(?<=\d)\s?[一丨ーㄧㅡ]\s?(?=\d)")  # for a dash
_AMOUNT = re.compile(  # of as many digits as a number has
    r"(?<!\d)1[3-9](?:,?\d{3}){3}(?:\.\d+)?\s?[万亿]?(?:元|美元|吨|千克|公斤|立方米|平方米|千瓦时|亩|公顷)(?![\u4e00-\u9fff])"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_CROSS = re.compile(r"(?<=\d)\s*[×✕✖╳ХхΧχ](?!\s*\d)")  # what input methods offer for the X of an identity card
_LETTERS = re.compile(r"(?<=\d)[OoIl]+|(?<![A-Za-z])[OoIl]+(?![A-Za-z])")  # that look like digits
_DIGITS = str.maketrans("OoIl", "0011")
_NUMERALS = str.maketrans("〇零幺一二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789")


class CorrectionThrottle(AddressThrottle):
    """Counts what one address sends; this machine isn't counted, a proxy on it is."""

    scope, rate = "corrections", RATE


class CorrectionForm(forms.Form):
    """What a reader says. `code` and `at` come from the signed token of the page that she opened."""

    wrong = CleanedField(label="哪里错了", max_length=500, help_text="照抄出错的字句就行")
    right = CleanedField(label="应当怎样", max_length=500)
    source = CleanedField(label="从哪里知道的", max_length=300, help_text="文件名、网址，或“我在当地工作”")
    contact = CleanedField(
        label="称呼、邮箱或电话（可不填）",
        max_length=100,
        required=False,
        help_text="只用来告诉您结果，不公开，答复90天后删除",
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    code = at = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["null_characters_not_allowed"] = "里面有看不见的控制字符（U+0000），请删去。"

    def clean(self) -> dict[str, Any]:
        for name in ("wrong", "right", "source", "contact"):
            if name in self.cleaned_data:
                self._check_text(name, self.cleaned_data[name])
        try:
            opened = signing.loads(self.cleaned_data.get("token", ""), salt=SALT, max_age=VALID_FOR)
            self.code, self.at = opened["code"], opened["at"]
        except signing.BadSignature:
            raise ValidationError("这一页打开得太久，或内容不完整。您写的还在下面，请再提交一次。") from None
        if time.time() - opened["time"] < QUICKEST:
            raise ValidationError("提交得太快，像是程序填的。您写的还在下面，请核对后再提交一次。")
        if self.data.get(ROBOTS_ONLY):
            raise ValidationError("多填了一栏，像是程序填的。您写的还在下面，请再提交一次。")
        return self.cleaned_data

    def _check_text(self, name: str, text: str) -> None:
        """Check what was written, and keep it; what has one line in its box has one."""
        text = " ".join(text.split()) if name == "contact" else text
        self.cleaned_data[name] = text
        if reason := objection(text):
            self.add_error(name, reason)
        elif name != "contact" and not letters(text):
            self.add_error(name, "请用文字说明。")
        elif name != "contact" and has_personal_number(text):
            self.add_error(name, "里面像有身份证号或手机号。这一栏答复后公开，请删去；联系方式写在最后一栏。")
        elif name == "contact" and has_personal_number(text, f"{_IDENTITY}|{_OLD_IDENTITY}"):
            self.add_error(name, "里面像有身份证号，本站不收，请删去。")


def has_personal_number(text: str, kinds: str = f"{_IDENTITY}|{_OLD_IDENTITY}|{_MOBILE}") -> bool:
    """Return whether a text has what may be the number of an identity card or of a mobile phone, however written.

    Numerals that are no digits (三, ①) are read both ways: as a part of the number, and as a word beside it (张三);
    so are tags, escapes of addresses and letters like digits.
    """
    text = unescape(text)
    kinds_of = {char: unicodedata.category(char) for char in text}
    words = "".join("、" if kinds_of[char] in ("Nl", "No") else char for char in text)
    signs = "".join(  # Ⅷ is one digit, and three letters to NFKC
        str(int(unicodedata.numeric(char))) if kinds_of[char] == "Nl" and unicodedata.numeric(char) < 10 else char
        for char in text
    )
    rows: set[str] = set()  # most readings have the same
    for reading, numerals in ((words, {}), (signs, _NUMERALS)):
        plain = unicodedata.normalize("NFKC", reading)
        digits = _AMOUNT.sub("额", "".join(str(unicodedata.digit(char, char)) for char in plain))
        digits = digits if numerals else _STROKE.sub("-", digits)
        rows.update(re.sub(rf"[./_-]|{_WORD}(?=\d)", " ", group) for group in _GROUPS.findall(digits))
        apart = ADDRESS.sub("址", digits)  # an address of a page has parts of its own
        loose = _CROSS.sub("X", unquote(_TAG.sub(" ", apart)))
        loose = _LETTERS.sub(lambda match: match[0].translate(_DIGITS), loose)
        for each in (apart, loose):
            rows.update(_ROW.findall(re.sub(r"[\W_]+", " ", each.translate(numerals))))
        rows.update(_PART.findall(digits.translate(numerals)))
    is_number = re.compile(kinds).fullmatch
    for parts in map(_PART.findall, rows):
        for first in range(len(parts)):
            ends = range(first + 1, min(first + MOST_PARTS, len(parts)) + 1)
            if any(is_number("".join(parts[first:last])) for last in ends):
                return True
    return False


def is_open() -> bool:
    """Return whether there is somebody to answer, and the operator lets readers ask."""
    return settings.FEEDBACK and User.objects.with_perm("pilots.change_proposal").exists()


def thing_at(at: str) -> Any:
    """Return the published row that an address of a page leads to, the part after `#` included, with the row that it
    is a part of marked where they are corrected; None for others."""
    path, _, anchor = at.partition("#")
    try:
        match = resolve(path)
    except (Resolver404, ValueError):
        return None
    model: Any = THINGS.get(match.url_name or "")
    thing = whole = model and model.objects.filter(slug=match.kwargs["slug"]).first()
    if isinstance(whole, Notice):
        thing = Section.objects.filter(notice=whole, anchor=anchor).first() or whole
    if isinstance(whole, Region):
        thing = next((line for line in Priority.objects.filter(region=whole) if line.anchor == anchor), whole)
    if thing is not whole:
        setattr(thing, thing.belongs_to, whole)
    corrections.mark(filter(None, {thing, whole}), has_history=False)
    return thing


def title_of(thing: Any) -> str:
    """Return what a row of `thing_at` is called in a list of corrections, with the marks of the words in it."""
    if isinstance(thing, Priority):
        return f"{title_of(thing.region)}，第{thing.number}项{corrections.remark(thing, 'number')}"
    if isinstance(thing, Section):
        return f"{title_of(thing.notice)}，{thing.label}{corrections.remark(thing, 'heading')}"
    if isinstance(thing, Region):
        return f"第{thing.serial}号 {thing.name}{corrections.remark(thing)}"
    if isinstance(thing, Notice):
        return f"{thing.number}{corrections.remark(thing, 'number')}"
    return str(thing.name) if thing else "本站"


@method_decorator([never_cache, csrf_exempt], name="dispatch")
class CorrectionFormView(PageMixin, FormView):
    """Say what is wrong: no account, no script, no cookie (a signed token stands for it, and no session is there)."""

    http_method_names = ["get", "head", "post", "options"]
    template_name = "pilots/correction_form.html"
    form_class = CorrectionForm
    title, route = "纠错", "pilots:correction-form"

    def get_page(self, context: dict[str, Any]) -> Page:
        column = Column("读者向本站纠错。", "纠错", "咨询投诉")
        at = self.request.GET.urlencode()
        crumbs = [("纠错记录", reverse("pilots:correction-list"))]
        lead = "哪里错了，应当怎样，从哪里知道的。"
        return Page(
            self.title, reverse(self.route), crumbs, lead, column, is_indexed=False, form=f"?{at}" if at else ""
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("form", self.get_form())
        form = kwargs["form"]
        at = form.at or self.request.GET.get("at", "")[:300]
        thing = thing_at(at)
        token = signing.dumps({"code": form.code or new_code(), "at": at, "time": time.time()}, salt=SALT)
        return super().get_context_data(**kwargs) | {
            "is_open": is_open(),
            "thing": thing,
            "kind": thing and kind_of(thing),
            "title": title_of(thing),
            # What comes back with an error keeps its time: whoever mends it isn't too quick.
            "token": form.data["token"] if form.code else token,
            "workdays": ANSWER_WITHIN,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open():
            return self.render_to_response(self.get_context_data(), status=403)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: CorrectionForm, status: int = 400) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def form_valid(self, form: CorrectionForm) -> HttpResponse:
        thing = thing_at(form.at)
        throttle: Any = CorrectionThrottle()
        is_new = not Proposal.objects.filter(code=form.code).exists()  # sent twice is one
        if is_new and not throttle.allow_request(self.request, self):
            form.add_error(None, "您这里一小时内报得太多。您写的还在下面，请过一小时再提交。")
            return self.form_invalid(form, 429)
        words = {name: form.cleaned_data[name] for name in ("wrong", "right", "source", "contact")}
        try:
            proposal = Proposal.objects.receive(code=form.code, **_about(thing), **words)
        except FullError as full:
            what = "这一处" if full.is_record else "本站"
            form.add_error(None, f"{what}等候答复的纠错太多，暂时不收新的。您写的还在下面，请改天再提交。")
            return self.form_invalid(form, 503)
        address = reverse("pilots:correction-detail", args=[proposal.code])
        if any(getattr(proposal, name) != text for name, text in words.items()):  # sent again with other words
            form.code = ""  # the next time is another report
            sentence = f"这张表已经提交过，是{proposal}，进度见 {self.request.build_absolute_uri(address)} 。"
            form.add_error(None, f"{sentence}您这次写的还在下面，再提交一次，就另算一件。")
            return self.form_invalid(form, 409)
        return HttpResponseRedirect(address)


def _about(thing: Any) -> dict[str, Any]:
    """Return which row a proposal is of, and what it says now."""
    if thing is None:
        return {"title": title_of(thing)}
    kind, pk = subject_of(thing)
    return {
        "subject_kind": kind,
        "subject_id": pk,
        "row_kind": kind_of(thing),
        "row_id": thing.pk,
        "title": title_of(thing)[:200],
        "place": thing.get_absolute_url(),
        "quoted": getattr(thing, "text", ""),
    }


@method_decorator([never_cache, csrf_exempt], name="dispatch")
class CorrectionDetailView(PageMixin, DetailView):
    """What one reader sent and where it stands, for who has its code; there she can take it back."""

    http_method_names = ["get", "head", "post", "options"]
    template_name = "pilots/correction_detail.html"
    queryset = Proposal.objects.of_readers().with_withdrawal()
    slug_field = slug_url_kwarg = "code"

    def get_page(self, context: dict[str, Any]) -> Page:
        path = reverse("pilots:correction-detail", args=[self.object.code])
        crumbs = [("纠错记录", reverse("pilots:correction-list"))]
        return Page(
            str(self.object), path, crumbs, "", Column("读者向本站纠错。", "纠错", "咨询投诉"), is_indexed=False
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        give_edits([self.object])
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        proposal = self.get_object()
        Proposal.objects.open().filter(pk=proposal.pk).retract()
        return HttpResponseRedirect(reverse("pilots:correction-detail", args=[proposal.code]))


class CorrectionListView(PageMixin, TemplateView):
    """What readers reported and officials answered; of what waits, how many."""

    template_name = "pilots/correction_list.html"
    title, route = "纠错记录", "pilots:correction-list"
    lead = "读者报过什么，我们怎样答复。"
    keywords, column_type = "纠错,答复", "咨询投诉"

    def get_page(self, context: dict[str, Any]) -> Page:
        page, number = super().get_page(context), context["list"].number
        page.path += f"?page={number}" if number > 1 else ""
        page.is_indexed = not self.request.GET
        return page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposals = Proposal.objects.of_readers()
        answered = proposals.answered()
        page = Paginator(answered, PAGE_SIZE).get_page(self.request.GET.get("page"))
        give_edits(page.object_list)
        all_answered = list(answered.only("state", "received_at", "answered_at"))
        return super().get_context_data(
            list=page,
            pager=page.paginator.get_elided_page_range(page.number),
            accepted=sum(proposal.state == ProposalState.ACCEPTED for proposal in all_answered),
            declined=sum(proposal.state == ProposalState.DECLINED for proposal in all_answered),
            in_time=sum(proposal.is_in_time for proposal in all_answered),
            waiting=proposals.filter(state__in=OPEN).count(),
            workdays=ANSWER_WITHIN,
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """What waits moves no version: nobody keeps the page without asking."""
        return super().render_to_response(context, headers={"Cache-Control": "public, no-cache"}, **kwargs)
