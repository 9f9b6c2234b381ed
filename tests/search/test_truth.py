"""What a sentence says that isn't there, or is all there is, is true of what stands below it."""

import json
import random
import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Ministry, Priority, Region, Section, Term
from pilots.search.text import fold, runs

pytestmark = pytest.mark.django_db
QUOTED = "((?:“[^”]+”)+)"
FILES = ("queries.json", "queries-2.json")


def queries():
    """Return the questions with known answers, reader's words, and words of the record, alone and two together."""
    cases = [case["q"] for name in FILES for case in json.loads((Path(__file__).parent / name).read_text())["cases"]]
    chance = random.Random(3214)
    texts = [*Priority.objects.values_list("text", flat=True), *Region.objects.values_list("name", flat=True)]
    parts = [run.text for text in texts for run in runs(text) if run.is_han and len(run.text) > 4]
    words = [part[start : start + chance.randint(2, 5)] for part in chance.sample(parts, 8) for start in (0, 2)]
    words += chance.sample(list(Term.objects.values_list("word", flat=True)), 12)
    notice = [run.text for section in Section.objects.all() for run in runs(section.text) if run.is_han]
    others = [run[:3] for run in chance.sample([run for run in notice if len(run) > 3], 8)]
    others += Ministry.objects.values_list("name", flat=True)
    return [
        *(f"{other} {word}" for other, word in zip(others, words, strict=False)),
        *chance.sample(cases, 60),
        *words,
        *(f"{one} {other}" for one, other in zip(words[::2], words[1::2], strict=True)),
    ]


class Shown:
    """A page of results: its sentences, and the areas and other things below them."""

    def __init__(self, client, query):
        tree = LexborHTMLParser(client.get("/regions/", {"q": query}).text)
        self.sentences = " ".join(node.text() for node in tree.css(".reply, .message, .note"))
        self.cards = [[line.text() for line in card.css(".card__lines li")] for card in tree.css(".card")]
        self.names = [node.text() for node in tree.css(".card h3")]
        self.others = [node.text() for node in tree.css(".hits li")]

    def says(self, text):
        return [re.findall("“([^”]+)”", each) for each in re.findall(text.replace("*", QUOTED), self.sentences)]


def has(texts, word):
    return any(letters(word) in letters(text) for text in texts)


def letters(text):
    return "".join(run.text for run in runs(fold(text)))


def untrue_of_record(shown):
    """Yield each word that is said not to be in the areas, and is."""
    for region in Region.objects.prefetch_related("priorities"):
        texts = [region.name, *(line.text for line in region.priorities.all())]
        for words in shown.says("地区的名称和重点里没有*"):
            yield from (f"没有“{word}”" for word in words if has(texts, word))
        for words in shown.says("没有地区同时写到*"):
            yield from [f"同时写到{words}"] if all(has(texts, word) for word in words) else []


def untrue(shown):
    """Yield each sentence that isn't true of what is shown."""
    lines = [line for card in shown.cards for line in card]
    yield from untrue_of_record(shown)
    for words in shown.says("没有与*完全相符"):
        whole = [text for text in [*lines, *shown.names, *shown.others] if all(has([text], word) for word in words)]
        yield from (f"没有与{words}完全相符：{text}" for text in whole)
    for words in shown.says("写到*的地区，只显示写到的重点"):
        for card in shown.cards:
            telling = [line for line in card if any(has([line], word) for word in words)]
            yield from [f"只显示{words}"] if telling and telling != card else []
    if shown.says("本站没有查到*") and (shown.cards or shown.others):
        yield "没有查到"


def test_what_is_said_not_to_be_there_or_to_be_all_is_true(client):
    wrong = {query: found for query in queries() if (found := list(untrue(Shown(client, query))))}

    assert wrong == {}


@pytest.mark.once
@pytest.mark.parametrize(
    "query",
    ["计划单列市", "领导离任审计", "碳中和", "绿色金融", "阿坝", "3214", "湿地 火山", "湿地 财政部", "生态 方案"],
)
def test_sentence_is_true_and_stands_once(client, query):
    shown = Shown(client, query)
    sentences = [each for each in re.split("[。；]", shown.sentences) if len(each.strip()) > 5]

    assert list(untrue(shown)) == []
    assert len(set(sentences)) == len(sentences)
    assert shown.sentences.count("本站不作推定") <= 1
    assert shown.sentences.count("完全相符") <= 1
