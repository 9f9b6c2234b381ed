"""Plain keyword functions that make one row each, with everything it needs."""

import datetime
import itertools

from django.contrib.auth.models import Group, User
from django.utils import timezone

from pilots import models
from pilots.search import indexing

_numbers = itertools.count(1)


def overwrite(rows, **values):
    """Write values into all rows, past the history and the rules of saving; they are found at once."""
    model, pks = rows.model, list(rows.values_list("pk", flat=True))
    with models.together():
        indexing.touch(indexing.affected(model, pks))
        models.unrecorded(model).filter(pk__in=pks).update(**values)
        indexing.touch(indexing.affected(model, pks))


def make_notice(**overrides):
    n = next(_numbers)
    values = {
        "slug": f"notice-{n}",
        "title": f"通知{n}",
        "number": f"发改环资〔2015〕9{n}号",
        "issued_on": datetime.date(2015, 12, 31),
        "batch": 2,
        "source_remark": "测试。",
    }
    return models.Notice.objects.create(**values | overrides)


def make_section(**overrides):
    n = next(_numbers)
    values = {"position": n, "kind": "duty", "anchor": f"s{n}", "text_raw": "一段。", "text": "一段。"}
    if "notice" not in overrides:
        values["notice"] = make_notice()
    return models.Section.objects.create(**values | overrides)


def make_province(**overrides):
    n = 1000 + next(_numbers)
    values = {
        "slug": f"province-{n}",
        "name": f"第{n}省",
        "short_name": f"省{n}",
        "kind": "province",
        "pinyin": "sheng",
        "position": n,
    }
    return models.Province.objects.create(**values | overrides)


@models.together()
def make_region(**overrides):
    n = 100 + next(_numbers)
    values = {
        "slug": f"region-{n}",
        "serial": n,
        "name_raw": overrides.get("name") or f"第{n}地区",
        "name": f"第{n}地区",
        "short_name": overrides.get("name") or f"第{n}地区",
        "kind": "county",
        "pinyin": "di qu",
        "short_pinyin": "di qu",
    }
    if "notice" not in overrides:
        values["notice"] = models.Notice.objects.first() or make_notice()
    if "province" not in overrides:
        values["province"] = models.Province.objects.first() or make_province()
    partners = overrides.pop("partners", [])
    region = models.Region.objects.create(**values | overrides)
    region.partners.set(partners)
    return region


def make_indicator(**overrides):
    values = {"position": 90, "name": "某某指标", "unit": "%", "target_year": 2020, "target_value": "59"}
    values["region"] = overrides["document"].region
    return models.Indicator.objects.create(**values | overrides)


def make_mechanism(**overrides):
    values = {"position": 90, "name": "某某机制", "members": "某省\n某市", "region": overrides["document"].region}
    return models.Mechanism.objects.create(**values | overrides)


def make_project(**overrides):
    values = {"position": 90, "name": "某某项目", "region": overrides["document"].region}
    return models.Project.objects.create(**values | overrides)


def make_system(**overrides):
    n = 1000 + next(_numbers)
    values = {"slug": f"system-{n}", "name": f"第{n}制度", "short_name": f"制度{n}", "position": n}
    return models.System.objects.create(**values | overrides)


def make_topic(**overrides):
    n = 1000 + next(_numbers)
    values = {"slug": f"topic-{n}", "name": f"第{n}主题", "position": n}
    return models.Topic.objects.create(**values | overrides)


@models.together()
def make_priority(**overrides):
    values = {"number": 1, "text": "建立制度"}
    values["text_raw"] = f"{overrides.get('number', 1)}.{overrides.get('text', '建立制度')};"
    if "region" not in overrides:
        values["region"] = make_region()
    if "system" not in overrides:
        values["system"] = models.System.objects.first() or make_system()
    topics = overrides.pop("topics", [])
    priority = models.Priority.objects.create(**values | overrides)
    priority.topics.set(topics)
    return priority


def make_document(**overrides):
    values = {"position": 90, "title": "某地某方案", "kind": "plan", "relation": "same_topic", "issued": "2019-04"}
    values |= {"verification": "verified", "source": "政府网站《某地某方案》，2019年4月 https://www.gov.cn/a/b.html"}
    values["region"] = overrides.get("region") or models.Region.objects.get(slug="liaoning-benxi")
    return models.Document.objects.create(**values | overrides)


def make_pdf(inside=b"", head=b"%PDF-1.7\n", tail=b"startxref\n9\n%%EOF\n"):
    """Return a small PDF; inside: what else its catalogue has, or objects after it."""
    return head + b"1 0 obj\n<</Type/Catalog" + inside + b">>\nendobj\ntrailer\n<</Root 1 0 R>>\n" + tail


def make_official(username, role="", *provinces, also="", **overrides):
    """Return a user that may enter the admin, with a role (and perhaps another) and the units it answers for."""
    user = User.objects.create_user(username, is_staff=True, **overrides)
    user.groups.set(Group.objects.filter(name__in=[role, also]))
    official = models.Official.objects.create(user=user)
    official.provinces.set(models.Province.objects.filter(slug__in=provinces))
    return user


@models.together()
def make_reporting_area():
    """Return a joint area of 辽宁 and 吉林 with three lines, of a notice that wanted reports of last year."""
    year = timezone.localdate().year - 1
    days = {"reports_from": datetime.date(year, 1, 1), "reports_until": datetime.date(year, 12, 31)}
    notice = make_notice(issued_on=datetime.date(year - 1, 12, 1), **days)
    duty = "各地区要按季度报送工作进展，每年12月底前形成年度总结。"
    make_section(notice=notice, text=duty, text_raw=duty)
    units = [models.Province.objects.get(slug=slug) for slug in ("liaoning", "jilin")]
    region = make_region(notice=notice, province=units[0], partners=units[1:])
    for number in (1, 2, 3):
        make_priority(region=region, number=number, text=f"建立第{number}项制度")
    return region


def make_correction(**overrides):
    """Return what a reader reported."""
    values = {
        "code": models.proposals.new_code(),
        "title": "本站",
        "wrong": "某字",
        "right": "另一字",
        "source": "某",
    }
    return models.Proposal.objects.receive(**values | overrides)


def answer(proposal, by=None, state="accepted", text="已按通知原文改正。"):
    """Let an official answer it."""
    proposal.answered_by = by or User.objects.filter(username="答复人").first() or make_official("答复人")
    proposal.state, proposal.answer, proposal.answered_at = state, text, timezone.now()
    proposal.save()
