"""The way from the head of a list to the first area of each province on it."""

from collections.abc import Sequence

from ..search.cards import Card
from ..search.facet_sets import Snapshot

# Provinces as one character, as number plates have them.
ONE_CHARACTER = {
    "beijing": "京",
    "tianjin": "津",
    "hebei": "冀",
    "shanxi": "晋",
    "neimenggu": "蒙",
    "liaoning": "辽",
    "jilin": "吉",
    "heilongjiang": "黑",
    "shanghai": "沪",
    "jiangsu": "苏",
    "zhejiang": "浙",
    "anhui": "皖",
    "fujian": "闽",
    "jiangxi": "赣",
    "shandong": "鲁",
    "henan": "豫",
    "hubei": "鄂",
    "hunan": "湘",
    "guangdong": "粤",
    "guangxi": "桂",
    "hainan": "琼",
    "chongqing": "渝",
    "sichuan": "川",
    "guizhou": "贵",
    "yunnan": "云",
    "xizang": "藏",
    "shaanxi": "陕",
    "gansu": "甘",
    "qinghai": "青",
    "ningxia": "宁",
    "xinjiang": "新",
    "taiwan": "台",
    "xianggang": "港",
    "aomen": "澳",
}


def to_provinces(areas: Sequence[Card], state: Snapshot) -> list[tuple[str, str, str]]:
    """Return (one character, name, slug of the first area) of each province on the page, in the provinces' order.

    A province leads to an area of its own if there is one, else to one that it shares.
    """
    parents = {option.value: option.parent or option.value for option in state.options["province"]}
    first: dict[str, str] = {}
    for rank in (slice(1), slice(1, None)):
        for area in areas:
            for _, url in area.provinces[rank]:
                first.setdefault(parents[url.rstrip("/").rpartition("/")[2]], area.slug)
    return [
        (ONE_CHARACTER.get(option.value, option.label), option.label, first[option.value])
        for option in state.options["province"]
        if option.value in first
    ]
