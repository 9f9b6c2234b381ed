"""建议和纠错: how they are received, numbered, answered and forgotten."""

import datetime

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction

from pilots.admin.proposals import concerning, waiting_for
from pilots.models import Proposal, Region, proposals
from pilots.search import facet_sets

from . import factories as make

pytestmark = pytest.mark.django_db


def test_numbers_of_a_year_follow_each_other_and_a_code_is_taken_once(monkeypatch):
    first = make.make_correction()

    assert [make.make_correction().number for _ in range(2)] == [first.number + 1, first.number + 2]
    assert make.make_correction(code=first.code) == first
    assert str(first) == f"纠错 {first.year}-0001"
    monkeypatch.setattr(proposals.timezone, "localdate", lambda: datetime.date(2027, 1, 1))
    assert str(make.make_correction()) == "纠错 2027-0001"


def test_code_is_128_random_bits():
    codes = {proposals.new_code() for _ in range(100)}

    assert len(codes) == 100
    assert all(len(code) == 32 and int(code, 16) >= 0 for code in codes)


def test_no_more_wait_than_can_be_answered(monkeypatch):
    monkeypatch.setattr(proposals, "MOST_OF_A_RECORD", 1)
    monkeypatch.setattr(proposals, "MOST_WAITING", 2)
    first = make.make_correction(subject_kind="region", subject_id=1)

    with pytest.raises(proposals.FullError) as full:
        make.make_correction(subject_kind="region", subject_id=1)
    assert full.value.is_record
    make.make_correction(subject_kind="region", subject_id=2)
    with pytest.raises(proposals.FullError) as full:
        make.make_correction(subject_kind="region", subject_id=3)
    assert not full.value.is_record
    make.answer(first)
    make.make_correction(subject_kind="region", subject_id=1)


@pytest.mark.parametrize(
    ("came", "answered", "days"),
    [
        ("2026-11-27", "2026-11-27", 0),  # a Friday
        ("2026-11-27", "2026-11-29", 0),
        ("2026-11-27", "2026-11-30", 1),
        ("2026-11-28", "2026-11-30", 1),
        ("2026-11-27", "2026-12-18", 15),
    ],
)
def test_working_days_are_counted_from_monday_to_friday_after_the_day(came, answered, days):
    start, end = map(datetime.date.fromisoformat, (came, answered))

    assert proposals.workdays_between(start, end) == days
    assert days == 0 or proposals.workday_after(start, days) == end


def test_contact_is_kept_ninety_days_after_the_answer():
    waiting, answered = make.make_correction(contact="wang@example.cn"), make.make_correction(contact="13800000000")
    make.answer(answered)
    day = datetime.timedelta(days=1)

    assert not Proposal.objects.outdated(answered.answered_at + 90 * day)
    assert list(Proposal.objects.outdated(answered.answered_at + 91 * day)) == [answered]
    assert waiting.is_open


def test_nightly_command_removes_contacts_and_nothing_else(capsys):
    recent, old, waiting = (make.make_correction(contact="wang@example.cn") for _ in range(3))
    for proposal in (recent, old):
        make.answer(proposal)
    Proposal.objects.filter(pk=old.pk).update(answered_at=old.answered_at - datetime.timedelta(days=91))
    before = Proposal.objects.filter(pk=old.pk).values().get()

    call_command("forget_contacts")

    assert capsys.readouterr().out == "删去 1 件纠错的联系方式。\n"
    assert Proposal.objects.filter(pk=old.pk).values().get() == before | {"contact": ""}
    assert set(Proposal.objects.exclude(contact="")) == {recent, waiting}
    call_command("forget_contacts", verbosity=0)
    assert not capsys.readouterr().out
    root = settings.BASE_DIR
    for place in ("README.md", "config/deploy/pilots-nightly.service"):
        assert "forget_contacts -v 0" in (root / place).read_text(), place


@pytest.mark.parametrize(
    "values",
    [
        {"state": "accepted"},
        {"state": "declined", "answer": " "},
        {"state": "found"},
        {"number": None},
    ],
)
def test_database_refuses_what_is_no_proposal(values):
    proposal = make.make_correction()

    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**values)


def test_nobody_answers_what_is_her_own():
    official = make.make_official("省", "省级编辑", "beijing")
    proposal = Proposal.objects.create(author=official, title="怀柔")

    with pytest.raises(IntegrityError), transaction.atomic():
        make.answer(proposal, by=official)


def test_answer_of_a_reader_moves_the_version_and_what_waits_does_not():
    before = facet_sets.version()
    proposal = make.make_correction()
    assert facet_sets.version() == before

    make.answer(proposal)

    assert facet_sets.version() != before


def test_joint_area_s_proposals_wait_for_each_of_its_provinces():
    joint = Region.objects.get(slug="jing-jin-ji")
    report = make.make_correction(subject_kind="region", subject_id=joint.pk)
    elsewhere = make.make_correction()
    tianjin = make.make_official("津", "省级编辑", "tianjin")
    own = Proposal.objects.create(author=tianjin, title="某", subject_kind="region", subject_id=joint.pk)
    ministry = make.make_official("部", "部委编辑")

    for name, slug in (("京", "beijing"), ("冀", "hebei")):
        official = make.make_official(name, "省级编辑", slug)
        assert set(waiting_for(official)) == {report}
        assert set(concerning(official)) == {report, own}
    assert set(waiting_for(tianjin)) == {report}
    assert set(waiting_for(ministry)) == {report, elsewhere, own}
    for role in ("只读", "管理员", ""):
        assert not concerning(make.make_official(f"无{role}", role))
    assert not concerning(make.make_official("辽", "省级编辑", "liaoning"))
    Proposal.objects.filter(pk=own.pk).update(state="checking", answer="请补出处。")
    assert set(waiting_for(tianjin)) == {report, own}
