"""Readings of the site's texts are those of the library with all its phrases, without the memory these take."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from pilots.models.readings import Style, lazy_pinyin
from pilots.search.pinyin import syllables

pytestmark = pytest.mark.once
WITH_PHRASES = """
import json, sys
import django
django.setup()
import config.urls  # and with it all that the site imports to start
assert not {"pypinyin", "openpyxl", "icalendar", "drf_spectacular.generators"} & sys.modules.keys()
import pypinyin  # before the site says that it wants no phrases
import pilots.models.readings
assert len(pypinyin.constants.PHRASES_DICT) > 40_000
print(json.dumps([pypinyin.lazy_pinyin(text, style=pypinyin.Style.TONE) for text in json.load(sys.stdin)]))
"""
# Of 4,000 texts what the library's phrases read wrong: 朝阳 in 辽宁 is cháo, 南乐 and 民乐 are lè, 马尾 is wěi.
WRONG = {"南乐县", "朝阳县", "朝阳市", "民乐县", "浪卡子县", "马尾区"}


def strings(value):
    if isinstance(value, str):
        if len(value) <= 30:  # names, terms, lines: nobody finds longer remarks and reasons by pinyin
            yield from re.findall(r"[\u3400-\u9fff]+", value)
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def test_names_terms_the_gazetteer_and_the_notice_are_read_as_with_all_phrases():
    evidence = {"documents.json", "indicators.json", "mechanisms.json", "projects.json"}  # found by no pinyin
    files = sorted(file for file in (settings.BASE_DIR / "fixtures").glob("*.json") if file.name not in evidence)
    texts = sorted({text for file in files for text in strings(json.loads(file.read_text()))})
    assert len(texts) > 4_000
    command = [sys.executable, "-c", WITH_PHRASES]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYPINYIN")}
    options = {"cwd": settings.BASE_DIR, "env": clean, "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run(command, input=json.dumps(texts), check=True, **options)
    read_alike = zip(texts, json.loads(done.stdout), strict=True)
    assert {text for text, reading in read_alike if lazy_pinyin(text, style=Style.TONE) != reading} == WRONG


@pytest.mark.parametrize(
    ("name", "reading"), [("朝阳市", "chao yang shi"), ("南乐县", "nan le xian"), ("马尾区", "ma wei qu")]
)
def test_names_that_phrases_read_wrong_are_read_right(name, reading):
    assert " ".join(syllables(name)) == reading


def test_a_worker_holds_no_phrases_but_its_own():
    assert len(sys.modules["pypinyin.constants"].PHRASES_DICT) < 100
