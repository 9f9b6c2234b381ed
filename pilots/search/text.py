"""Text → folded → tokens → words: the one normalisation, for texts, names, queries, suggestions and highlighting.

Tokens are for an index that knows nothing of Chinese. A run of n Han characters gives n tokens: n−1 pairs and the
last character, so that a token's place is its first character's place, a word is a phrase of neighbouring pairs, and
one character is a prefix. Latin words and numbers stay whole. Quotes and brackets are transparent between Han
characters, and so are stray spaces; other marks cut. A query is words without operators, so nothing can be injected.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from opencc import OpenCC

_to_simplified = OpenCC("t2s")  # t2s only: the regional tables rewrite words
# The CJK Radicals Supplement, which PDFs have in place of ordinary characters; Kangxi radicals NFKD knows already.
# From Unicode's EquivalentUnifiedIdeograph.txt; the only one without an equivalent is U+2E80.
_RADICALS = dict(
    zip(
        "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
_DROPPED = {"Cc", "Cf", "Cs", "Cn", "Co"}  # controls, zero-width and bidi marks, lone surrogates, unassigned


@lru_cache(maxsize=30_000)
def fold_character(char: str) -> str:
    """Return what one character counts as: nothing, a space, or one or more folded characters."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in _DROPPED:
        return ""
    char = _RADICALS.get(char, char)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).lower())
    return _to_simplified.convert("".join(c for c in plain if not unicodedata.combining(c)))


@lru_cache(maxsize=4_000)  # a query is folded at each step, and so are the names of areas
def fold(text: str) -> str:
    """Return `text` folded: full width to half, lower case, traditional to simplified, radicals to characters."""
    return "".join(map(fold_character, text))


HAN_NUMERALS = "零一二三四五六七八九十"


def arabic(text: str) -> int:
    """Return a number up to 99 that is written in digits or as 四十五."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    values = {char: value for value, char in enumerate(HAN_NUMERALS)}
    return (values.get(tens, 1) * 10 if ten else 0) + values.get(ones, 0)


TRANSPARENT = frozenset("“”‘’\"'「」『』《》〈〉()[]{}〔〕【】 ")


class Run(NamedTuple):
    """Neighbouring Han characters, or one Latin word: its characters, the place of each in the text as given,
    and whether a mark cuts it from the run before."""

    text: str
    places: list[int]
    is_han: bool
    is_cut: bool


def is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char in "〇々" or "\U00020000" <= char <= "\U0003ffff"


def runs(text: str) -> list[Run]:
    """Return the runs of `text` (not folded yet), in order."""
    pieces: list[tuple[list[str], list[int], bool, bool]] = []
    characters, places = list[str](), list[int]()  # of the last of them
    kind, is_cut = "", True
    for place, original in enumerate(text):
        for char in fold_character(original):
            now = "han" if is_han(char) else "word" if char.isalnum() else ""
            if now and now == kind:
                characters.append(char)
                places.append(place)
            elif now:
                characters, places = [char], [place]
                pieces.append((characters, places, now == "han", is_cut))
                is_cut = False
            elif char not in TRANSPARENT:
                is_cut = True
            kind = now or (kind if kind == "han" and char in TRANSPARENT else "")
    return [Run("".join(run), where, of_han, after_cut) for run, where, of_han, after_cut in pieces]


def of_run(run: Run) -> list[str]:
    """Return every token of one run."""
    if not run.is_han:
        return [run.text]
    return [run.text[i : i + 2] for i in range(len(run.text))]


def tokens(text: str) -> list[str]:
    """Return the tokens under which `text` is indexed, in order."""
    return [token for run in runs(text) for token in of_run(run)]


MAX_WORDS = 12
# English words that say what a thing is or join words: every name has some, so that nothing is found by them.
COMMON_ENGLISH = frozenset({
    "province", "municipality", "autonomous", "region", "special", "administrative", "city", "county", "district",
    "prefecture", "the", "of", "and", "in", "for",
})  # fmt: skip
# English words of a question, by which nothing is found.
QUESTION_ENGLISH = frozenset({
    "is", "are", "was", "were", "been", "on", "list", "listed", "include", "included", "includes", "selected",
    "chosen", "which", "what", "where", "who", "that", "how", "many", "does", "do", "doing", "have", "has", "having",
    "there", "any", "it", "areas", "places", "cities", "counties", "with", "about", "work", "works", "working",
    "tell", "me", "show", "please", "s",
})  # fmt: skip
_NOT_LISTED = re.compile(
    r"\b(?:(?:is|was)n?t?|not)(?=(?: [a-z]+)? (?:yet )?(?:listed|included|selected|chosen|on (?:the )?list)\b)"
    r"|\b(?:my|our)\b(?= [a-z])"
)
_QUOTED = re.compile(r'(?:(?<=\s)|^)(?:“([^“”]+)”|"([^"]+)"|「([^「」]+)」)(?=\s|$)')


_SHORT = re.compile("(?=.*[aeiou])[a-z]{1,3}")
_INNER = str.maketrans('“”"', "‘’'")


class Word(NamedTuple):
    """One word: tokens that must stand side by side, the last one a prefix or not, and its folded characters."""

    tokens: tuple[str, ...]
    is_prefix: bool
    text: str

    @property
    def is_latin(self) -> bool:
        return self.text.isascii()

    def begins_in(self, column: str) -> bool:
        """Whether the last token may go on: fewer than four Latin letters only in the notice's own words (ge finds
        GEP), for pinyin has such by chance (no in nongyi); or without a vowel, as initials."""
        return self.is_prefix and (column == "body" or not _SHORT.fullmatch(self.text))


def parse(query: str) -> list[Word]:
    """Return the words of `query`, each once, at most `MAX_WORDS`; all of them are required.

    Words stand apart by white space or by marks that cut; a phrase in quotes that stands apart is exact; an
    unclosed quote is nothing special.
    """
    words: list[Word] = []
    rest = []
    place = 0
    for match in _QUOTED.finditer(query):
        rest.append(query[place : match.start()])
        place = match.end()
        words += [phrase(match[1] or match[2] or match[3], is_exact=True)]
    rest.append(query[place:])
    for chunk in " ".join(rest).split():
        groups: list[list[Run]] = []
        for run in runs(chunk):
            if run.is_cut or not groups:
                groups.append([])
            groups[-1].append(run)
        words += map(_word, groups)
    return list(dict.fromkeys(word for word in words if word.tokens))[:MAX_WORDS]


def bare_english(text: str) -> str:
    """Return a folded English text without the words of a question (is jingzhou not listed: jingzhou)."""
    words = _NOT_LISTED.sub("", text).split()
    return " ".join(word for word in words if word not in COMMON_ENGLISH | QUESTION_ENGLISH)


def phrase(text: str, *, is_exact: bool = False) -> Word:
    """Return the whole of `text` as one word; an exact one takes Latin words as they are, not as beginnings."""
    return _word(runs(text), is_exact=is_exact)


def quoted(text: str) -> str:
    """Return what was typed in quotes, those that are in it as inner ones."""
    return f"“{text.translate(_INNER)}”"


def _word(group: list[Run], *, is_exact: bool = False) -> Word:
    """One run after another; of the last one only the pairs count, for the text may go on."""
    if not group:
        return Word((), False, "")
    *before, last = group
    ending = of_run(last)
    is_single = not last.is_han or len(ending) == 1
    tokens = [token for run in before for token in of_run(run)] + (ending if is_single else ending[:-1])
    is_prefix = is_single and (last.is_han or not is_exact)
    return Word(tuple(tokens), is_prefix, fold("".join(run.text for run in group)))
