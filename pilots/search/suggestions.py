"""您是不是要找: what a mistyped word may have meant, from a curated vocabulary only."""

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from ..models import Alias, Province, Region, Term, Topic
from .facet_sets import Snapshot
from .pinyin import core, syllables, tolerant
from .text import fold, is_han

# Characters easily taken for each other: those that stand in one row of `same_stroke.txt` of pycorrector 1.1.4, and
# ours, which readers mistyped or which are in names of areas, by the reason (/about/ says both).
LOOK_ALIKES = "秆杆竿 末未 木林 线钱践浅 济挤 桂挂 怀坏 酒洒 荆刑 海诲 詹瞻 冀翼 浦捕 捕埔 神伸 昭照 娄楼 鹏棚"
OUR_LOOK_ALIKES = {
    "只差一两笔": "本末 本未 本木 末木 未木 乌鸟 州卅 淮准",
    "只换一个部件": "波坡 通涌 秸桔 湿温 桂柱 挂柱 浦埔 牡牝杜 儋瞻澹 濮璞 陵凌 孝考 衡衔 蚌蚪 哈蛤 秦泰奏 黎梨",
    "多或少一个部件": "债责 柔揉 溪奚 埠阜 昌晶 勃渤 詹儋 詹澹",
    "同音或俗写": "灞坝 地的 嘴咀 昌长",
}
LONGEST = 12  # characters of a word that is looked for inside a longer one
ALIKE: dict[str, str] = defaultdict(str)
for _group in " ".join([LOOK_ALIKES, *OUR_LOOK_ALIKES.values()]).split():
    for _char in _group:
        ALIKE[_char] += _group.replace(_char, "")


class Vocabulary:
    """Words that readers may mean, by their sound (tolerant of zh/z, ng/n, l/n) and by their spelling in pinyin."""

    def __init__(self) -> None:
        self.terms = {fold(term.word): term.meanings for term in Term.objects.all()}
        self.words = set(self.terms)  # as they are written
        english = [fold(name) for name in Topic.objects.exclude(name_en="").values_list("name_en", flat=True)]
        latin = [word for word in (*english, *self.terms) if word.isascii()]
        self.by_letters = {"".join(word.split()): word for word in latin}
        self.by_sound: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self.by_spelling: dict[str, list[str]] = defaultdict(list)
        meanings = [fold(meaning) for item in self.terms.values() for meaning in item]
        topics = Topic.objects.values_list("name", flat=True)
        for word in dict.fromkeys([*self.terms, *meanings, *map(fold, topics)]):
            self._add(word, syllables(word))
        self._has_places = False

    def _add(self, word: str, spoken: tuple[str, ...]) -> None:
        self.words.add(word)
        if len(spoken) >= 2 and word not in self.by_spelling["".join(spoken)]:
            self.by_sound[_sound(spoken)].append(word)
            self.by_spelling["".join(spoken)].append(word)

    def _add_places(self) -> None:
        """Places are many: they are read when a suggestion is first asked for, with the readings that they carry."""
        if self._has_places:
            return
        for name in Province.objects.values_list("short_name", flat=True):
            self._add(name, syllables(name))
        for name in (alias.name for alias in Alias.objects.all() if alias.is_told):
            self._add(fold(core(name)), syllables(core(name)))
        for name, reading in Region.objects.values_list("short_name", "short_pinyin"):
            short = "".join(char for char in core(name) if is_han(char))
            self._add(fold(short), tuple(reading.split()[: len(short)]))
        self._has_places = True

    def like(self, text: str) -> list[tuple[str, ...]]:
        """Return what may have been meant by `typed` (folded), the longest replacement first; never itself.

        Each is a tuple of words: what stood before, the replacement, what stood behind; nothing empty.
        """
        self._add_places()
        if text.isascii():
            near = get_close_matches(text, self.by_spelling, n=3, cutoff=0.8) if len(text) > 3 else []
            return [(word,) for spelling in near for word in self.by_spelling[spelling]]
        spoken = syllables(text)
        if len(spoken) != len(text):
            return []
        return [*self._inside(text, _sound(spoken)), *self._alike(text)]

    def _alike(self, text: str) -> Iterator[tuple[str, ...]]:
        """Yield `typed` with one character replaced by one that looks like it, where that gives a known word."""
        for place, char in enumerate(text):
            for other in ALIKE.get(char, ""):
                meant = text[:place] + other + text[place + 1 :]
                starts = range(max(0, place - LONGEST + 1), place + 1)
                if any(
                    meant[start:end] in self.words for start in starts for end in range(place + 1, len(meant) + 1)
                ):
                    yield (meant,)

    def _inside(self, text: str, sound: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for length in range(min(LONGEST, len(text)), 1, -1):
            for start in range(len(text) - length + 1):
                for word in self.by_sound.get(sound[start : start + length], ()):
                    if word != text[start : start + length]:
                        yield tuple(filter(None, (text[:start], word, text[start + length :])))

    def spelled(self, latin: str) -> list[str]:
        """Return the words whose whole pinyin `latin` is."""
        return self.by_spelling.get(latin, [])


def _sound(spoken: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tolerant(syllable) for syllable in spoken)


def vocabulary(snapshot: Snapshot) -> Vocabulary:
    """Return the vocabulary of the record as it is, worked out once for each of its states."""
    if "vocabulary" not in snapshot.memory:
        snapshot.memory["vocabulary"] = Vocabulary()
    return snapshot.memory["vocabulary"]
