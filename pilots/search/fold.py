"""The one normalisation, for text, names, queries, suggestions and highlighting alike."""

import unicodedata
from functools import lru_cache

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


def fold(text: str) -> str:
    """Return `text` folded: full width to half, lower case, traditional to simplified, radicals to characters."""
    return "".join(map(fold_character, text))
