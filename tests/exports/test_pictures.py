"""Pages are shared with a title, a sentence and a picture of their own, made once for a state of the record."""

import io
import os

import pytest
from django.conf import settings
from PIL import Image, ImageFont
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import drawing, picture
from pilots.exports.picture import Words
from pilots.models import Notice, Priority, Region, editing
from pilots.models.notice import numeral
from tests import factories as make
from tests.pages import LONGEST_REGION, NOTICE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AREA = "/regions/beijing-huairou/"
OWN = [AREA, LONGEST_REGION, NOTICE, "/provinces/fujian/", "/topics/ecological-red-lines/", "/systems/other/"]
OWN += ["/ministries/mep/"]
SHARED = ["/", "/regions/", "/matrix/", "/about/", "/changes/"]


@pytest.fixture
def told(monkeypatch):
    """What is asked to be drawn."""
    asked = []
    monkeypatch.setattr(drawing, "png", lambda picture: asked.append(picture) or b"png")
    return asked


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine without a Chinese font."""
    monkeypatch.setattr(picture, "FOLDERS", (tmp_path,))
    picture.fonts.cache_clear()
    yield tmp_path
    picture.fonts.cache_clear()


def shared(client, path):
    tree = LexborHTMLParser(client.get(path).text)
    named = [node.attributes for node in tree.css("meta[property], meta[name^=twitter]")]
    return {each.get("property") or each["name"]: each["content"] for each in named}


@pytest.mark.parametrize(
    ("path", "picture"),
    [
        *((path, f"{path[:-1]}.png") for path in [*OWN, "/ministries/mep/"]),
        *((path, "/share.png") for path in SHARED),
    ],
)
def test_page_is_shared_with_its_words_and_picture(client, path, picture):
    said = shared(client, path)

    assert said["og:image"] == said["twitter:image"] == f"http://testserver{picture}"
    assert said["og:url"] == f"http://testserver{path}"
    assert (said["og:locale"], said["twitter:card"]) == ("zh_CN", "summary_large_image")
    assert said["og:type"] == ("article" if path in (AREA, LONGEST_REGION, NOTICE) else "website")
    assert said["og:title"] == said["twitter:title"] != "首页"
    assert said["og:description"] == said["twitter:description"]


@pytest.mark.parametrize("path", ["/regions/?q=湿地", f"/compare/?region={AREA[9:-1]}", f"{AREA}cite/"])
def test_what_is_not_indexed_is_shared_with_nothing(client, path):
    assert shared(client, path) == {}


@pytest.mark.parametrize("path", ["/share.png", *(f"{path[:-1]}.png" for path in OWN)])
def test_picture_has_the_size_that_is_said(client, path):
    response = client.get(path)

    assert response.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
    assert len(response.content) < 60_000


def test_area_is_drawn_with_its_serial_name_and_first_line(client, told):
    client.get(f"{LONGEST_REGION[:-1]}.png")

    [picture] = told
    side, name, _, quote, site, source = picture
    assert side == "第二批　第四号"
    assert name.text == "京津冀协同共建地区（北京平谷、天津蓟县、河北廊坊北三县）"
    assert quote.text == "创新区域联动机制，探索京津冀生态文明制度建设协同模式"
    assert (site, source) == ("生态文明先行示范区名录", "发改环资〔2015〕3214号")
    assert name.marks == quote.marks == ()


def test_picture_is_made_once_for_a_state_of_the_record_and_marks_what_was_corrected(client, told):
    region = Region.objects.get(slug=AREA[9:-1])
    for row, name in ((region, "name"), (region.priorities.get(number=1), "text"), (region.notice, "number")):
        client.get(f"{AREA[:-1]}.png")
        client.get(f"{AREA[:-1]}.png?x=1")
        with editing(reason="依据原件更正"):
            setattr(row, name, "某\n更正")
            row.save()
    client.get(f"{AREA[:-1]}.png")
    said = shared(client, AREA)

    assert len(told) == 4
    _, name, _, quote, _, source = told[-1]
    assert name == quote == Words("某 更正", True, ("已更正",))
    assert source == "某 更正（已更正）"
    assert said["og:title"].endswith("（已更正）")
    assert said["og:description"].split("；")[0].count("（已更正）") == 2


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/ministries/mohurd.png", ("住房和城乡建设部", "通知正文中的写法", "住房城乡建设部")),
        ("/ministries/mof.png", ("财政部", "2018年以来", "名称不变")),
        ("/ministries/mep.png", ("环境保护部", "2018年以来", "生态环境部")),
        (
            "/systems/other.png",
            ("归不进八项制度的", "15个地区的17项。怀柔区的是：", "强化跨区域协同发展的制度与机制"),
        ),
    ],
)
def test_picture_says_something(client, told, path, says):
    client.get(path)

    _, name, lead, quote, *_ = told[0]
    assert (name.text, lead, quote.text) == says


@pytest.mark.parametrize("path", ["/provinces/beijing.png", "/topics/regional-cooperation.png", f"{AREA[:-1]}.png"])
def test_what_was_added_is_marked_in_a_picture(client, told, path):
    make.overwrite(Region.objects.filter(slug=AREA[9:-1]), is_issued=False)
    make.overwrite(Priority.objects.filter(region__serial__lte=4), is_issued=False)

    client.get(path)

    assert "本站增补" in repr(told)


def test_picture_of_what_was_withdrawn_is_gone(client, told):
    region = Region.objects.get(slug=AREA[9:-1])
    region.withdrawn_on, region.withdrawn_reason = "2026-11-23", "重复"
    region.save()

    assert client.get(f"{AREA[:-1]}.png").status_code == 410
    assert client.get("/regions/nowhere.png").status_code == 404
    assert told == []


def test_without_a_font_pages_have_no_picture(client, nowhere, told):
    said = shared(client, AREA)

    assert "og:image" not in said
    assert said["twitter:card"] == "summary"
    assert client.get(f"{AREA[:-1]}.png").status_code == 404
    assert told == []


def test_damaged_font_is_no_picture(client, nowhere, caplog):
    (nowhere / "NotoSansSC-Regular.otf").write_bytes(b"x")
    picture.fonts.cache_clear()

    assert client.get(f"{AREA[:-1]}.png").status_code == 404
    assert "font" in caplog.text


def test_one_face_stands_in_for_the_others(nowhere):
    (nowhere / "deep").mkdir()
    (nowhere / "deep" / "SourceHanSerifSC-Bold.otf").touch()
    (nowhere / "NotoSansSC-Regular.ttf").touch()
    picture.fonts.cache_clear()

    names = {face: os.path.basename(path) for face, path in picture.fonts().items()}

    assert names == {
        "Serif-Regular": "SourceHanSerifSC-Bold.otf",
        "Serif-Bold": "SourceHanSerifSC-Bold.otf",
        "Sans-Regular": "NotoSansSC-Regular.ttf",
        "Sans-Bold": "NotoSansSC-Regular.ttf",
    }


def test_lines_break_at_punctuation_and_hold_every_word():
    font = ImageFont.truetype(picture.fonts()["Serif-Regular"], 46)
    for text in [
        *Priority.objects.values_list("text", flat=True),
        "长" * 300,
        "长的" * 41,
        "“长”" * 60,
        "长，和" * 50,
    ]:
        lines = drawing.broken(text, font, 928)
        assert "".join(lines) == text
        assert all(font.getlength(line) <= 928 and line[0] not in "，、；：。”）" for line in lines)


@pytest.mark.parametrize("text", ["", "长" * 300, "长，" * 200, "（" * 300, "w" * 300, "“" * 90, "🙂"])
def test_whatever_is_written_is_drawn(text):
    words = Words(text or "甲", True, ("本站增补", "已更正"))

    assert drawing.png(("第二批　第一〇三号", words, text, words, text, "发改环资〔2015〕3214号（已更正）"))


@pytest.mark.parametrize(
    ("number", "word"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (45, "四十五"), (103, "一〇三")]
)
def test_numeral(number, word):
    assert numeral(number) == word


def test_site_without_a_record_is_shared_too(client, bare, told):
    client.get("/share.png")

    assert not Notice.objects.exists()
    assert told[0][1].text == settings.SITE["name"]
