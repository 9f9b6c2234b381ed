"""Places of China by their names: which of them readers mean, and which of a sentence's words are places."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ..models import Place
from .facet_sets import Snapshot
from .pinyin import syllables
from .text import fold

LONGEST = 15  # characters of a name
MOST_ALIKE = 6  # counties with the same initials that a reader may mean by them
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|"
    "柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|"
    "塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各"
)
_KIND = "特别行政区|新区|自治区|自治州|自治县|自治旗|地区|林区|矿区|特区|省|市|县|区|旗|盟"
_ENDINGS = (
    re.compile(f"(?<=..)(?:(?:{_PEOPLES})族?)+(?:自治[区州县旗]|(?<=族)区)$"),
    re.compile(f"(?:族自治[县旗]|{_KIND})$"),
)
# Counties' short names that are ordinary words: in one with something else they are hardly the county (荆州古城).
ORDINARY = frozenset(
    re.findall(
        "..",
        "公安合作资源古城东湖西湖南湖东山西山南山北湖东方东风东城西城中原中方光明前进前锋友好友谊互助共和兴业信丰和平和顺向阳团风复兴大方"
        "大名大观大通太平天山天桥天河安定安居安宁宏伟宝塔富民富强富裕小店山城工农市中市北市南平安平原平房平和广德康乐开化志丹惠民振兴文峰"
        "新兴新华新城新建新星新民方正无为无极明光木兰朝天松山柳林桃山桃源梅江梨树正定武功民丰民乐民和民权永安永和江口江海江岸江源河口河东"
        "河西河间泉山泰山海林海港港口港北港南清水清河清流温泉湖口湖滨滨城滨江滨海滨湖灯塔爱民牡丹玉泉甘泉界首白云白塔白水白河白沙白杨盐湖"
        "石林石城石门神木福海秀山秀峰立山竹山站前紫金红山红岗红旗红星红桥红塔绿园绿春老城芙蓉花山花溪莲池莲花莲湖蓝山蓝田象山解放路桥运河"
        "进贤连山通道金山金水金沙金湖银海锦江镜湖长安长寿长乐长青陆川集美雁塔青山青河鼓楼钟楼龙门龙江龙湖龙潭龙泉龙山黄龙黑山黑水城关城东"
        "城中城北城西城厢郊区城区矿区桥东桥西spli",
    )
)
# What names that nobody knows here end with: neither such a place nor its beginning is a subject.
_ZONE = re.compile(r".{2,}(?:新区|开发区|高新区|经开区|保税区|自贸区|度假区|街道)")
_WING = re.compile("(.).+([左右])翼")
_BANNER = re.compile("(.).+?([左右]?)翼?([前中后]?)旗")


class Candidate(NamedTuple):
    """A place that a name may mean: its codes (of then and now where they differ) and its names then and now."""

    codes: tuple[str, ...]
    then: str
    now: str

    @property
    def code(self) -> str:
        return self.codes[0]

    @property
    def name(self) -> str:
        """Return the name at the time of the notice, or the later one of a place that is newer."""
        return self.then or self.now

    @property
    def label(self) -> str:
        """Return the name as a sentence has it: with today's where it is another."""
        return f"{self.then}（今{self.now}）" if self.then and self.now and self.then != self.now else self.name


class Gazetteer:
    """The codes of places by name: in full, and without the word for their kind (安吉县, 安吉).

    rows: of each place its code and its names then and now; the same rows give the same gazetteer.
    """

    def __init__(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        self.rows = {code: (then, now) for code, then, now in rows}
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for code, names in self.rows.items():
            for name in dict.fromkeys(form for full in filter(None, names) for form in (full, short(full))):
                self.by_name[fold(name)].append(code)
        # Autonomous counties and banners by what they are called for short, where no other place has such a name.
        forms = defaultdict(list)
        for code, names in self.rows.items():
            for form in dict.fromkeys(form for name in names for form in _short_forms(name)):
                forms[fold(form)].append(code)
        self._unspelled = {name for name in forms if len(name) == 2 and name not in self.by_name}  # daqi is 大气
        self.by_name |= {name: codes for name, codes in forms.items() if name not in self.by_name}
        self._by_spelling: dict[str, list[str]] = defaultdict(list)
        self._by_initials: dict[str, list[str]] = defaultdict(list)

    def candidates(self, name: str, *, with_inner: bool = False) -> list[Candidate]:
        """Return the places that `name` (folded) may mean, without those in another of them unless `with_inner`."""
        codes = self.by_name.get(name, [])
        around = set() if with_inner else set(codes)
        outer = [code for code in codes if not ({f"{code[:2]}0000", f"{code[:4]}00"} - {code}) & around]
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for code in dict.fromkeys(group for outer_code in outer for group in (outer_code, *self._moved(outer_code))):
            then, now = self.rows[code]
            is_moved = not then or not now  # its code changed: the other one may be here too
            groups[(code[:2], short(then or now)) if is_moved else (code, "")].append(code)
        candidates = []
        for ordered in (sorted(group, key=lambda code: not self.rows[code][0]) for group in groups.values()):
            then, now = (next((n for code in ordered if (n := self.rows[code][which])), "") for which in (0, 1))
            candidates.append(Candidate(tuple(ordered), then, now))
        return candidates

    def _moved(self, code: str) -> list[str]:
        """Return the other codes of a place whose code changed: 海安县, now 海安市."""
        then, now = self.rows[code]
        if then and now:
            return []
        alike = self.by_name[fold(short(then or now))]
        around, is_city = code[:2], code.endswith("00")
        return [
            other
            for other in alike
            if other.startswith(around) and other.endswith("00") == is_city
            if not all(self.rows[other]) and bool(self.rows[other][0]) == bool(now)
        ]

    def name(self, code: str) -> str:
        """Return the name that a code had at the time of the notice, or has; empty where nobody has it."""
        then, now = self.rows.get(code, ("", ""))
        return then or now

    def within(self, code: str) -> list[str]:
        """Return the codes of the units around a place, the outermost first."""
        return [outer for outer in (f"{code[:2]}0000", f"{code[:4]}00") if outer != code and outer in self.rows]

    def spelled(self, latin: str) -> list[str]:
        """Return the names whose pinyin `latin` is, those of cities and larger units first."""
        if not self._by_spelling:
            for name in sorted(
                self.by_name.keys() - self._unspelled,
                key=lambda name: (not self.by_name[name][0].endswith("00"), name),
            ):
                self._by_spelling["".join(syllables(name))].append(name)
        return self._by_spelling.get(latin, [])

    def abbreviated(self, latin: str) -> list[str]:
        """Return the short names the initials of whose pinyin `latin` is (hhht): those of cities and larger units, or
        else a few others, of three characters at least."""
        if not self._by_initials:
            for name in (name for name in self.by_name if short(name) == name and name not in self._unspelled):
                self._by_initials["".join(syllable[0] for syllable in syllables(name))].append(name)
        names = self._by_initials.get(latin, [])
        cities = [name for name in names if self.is_city(name)]
        return cities or (names if len(latin) > 2 and len(names) <= MOST_ALIKE else [])

    def is_city(self, name: str) -> bool:
        """Return whether a name (folded) is that of a city or a larger unit."""
        return any(code.endswith("00") for code in self.by_name.get(name, ()))

    def is_inside(self, name: str, outer: Iterable[Candidate]) -> bool:
        """Return whether a place with a name (folded) lies in one of the places `outer`."""
        around = {code for place in outer for code in place.codes}
        return any(around & set(self.within(code)) for place in self.candidates(name) for code in place.codes)

    def longest(self, text: str, start: int = 0) -> str:
        """Return the longest name that stands at `start` of a folded text; empty where none does.

        Of a city's 市 a place inside it may be the beginning (济南市中区)."""
        sizes = range(min(LONGEST, len(text) - start), 1, -1)
        name = next((name for size in sizes if (name := text[start : start + size]) in self.by_name), "")
        city = name.removesuffix("市")
        inner = self.longest(text, start + len(city)) if city != name and city in self.by_name else ""
        return city if inner and self.is_inside(inner, self.candidates(city)) else name


def _short_forms(name: str) -> Iterator[str]:
    """Yield an autonomous county's name without the peoples (本溪县, 本溪自治县, 喀左, 塔县), and a banner's by its
    first character and where it lies (科左中旗, 东乌旗, 莫旗)."""
    rest, kind = _ENDINGS[0].sub("", name), name[-1:]
    if rest != name and len(rest) >= 2:
        yield from (f"{rest}自治{kind}", f"{rest}{kind}")
        yield from [f"{rest[0]}{kind}"] if len(rest) > 3 else ()
    if wing := _WING.fullmatch(rest):
        yield from ("".join(wing.groups()), f"{''.join(wing.groups())}{kind}")
    if banner := _BANNER.fullmatch(name):
        yield f"{''.join(banner.groups())}旗"
    if name[:1] in "东西" and name.endswith("旗"):
        yield f"{name[:2]}旗"


def short(name: str) -> str:
    """Return a place's name without the word for its kind, where two characters or more are left (安吉县 → 安吉)."""
    for ending in _ENDINGS:
        if len(rest := ending.sub("", name)) >= 2 and rest != name:
            return rest
    return name


def is_kind(text: str) -> bool:
    """Return whether a text is the word for a kind of place (自治县)."""
    return bool(re.fullmatch(_KIND, text))


def is_zone(text: str) -> bool:
    """Return whether a text ends as the name of a zone or a street of a city does (西海岸新区)."""
    return bool(_ZONE.fullmatch(text))


def among(candidates: Iterable[Candidate], outer: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that lie in one of the places `outer`; all of them where none does."""
    around = [code for place in outer for code in place.codes]
    prefixes = tuple(code[:2] if code.endswith("0000") else code[:4] for code in around if code.endswith("00"))
    places = list(candidates)
    inside = [place for place in places if any(code.startswith(prefixes) for code in place.codes)] if prefixes else []
    return inside or places


# The record changes, places hardly ever: reading them takes a tenth of the time that ordering them does.
_of_rows = lru_cache(maxsize=1)(Gazetteer)


def gazetteer(snapshot: Snapshot) -> Gazetteer:
    """Return the gazetteer, read once for each state of the record."""
    if "gazetteer" not in snapshot.memory:
        rows = Place.objects.values_list("code", "name_then", "name_now")
        snapshot.memory["gazetteer"] = _of_rows(tuple(rows))
    return snapshot.memory["gazetteer"]
