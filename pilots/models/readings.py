"""Readings of Chinese characters, by pypinyin, as names and the notice's words have them.

Imported when a reading is asked for: its table takes a tenth of the time in which a command starts.
"""

import os

# pypinyin's 47,000 phrases would take a third of a worker's memory: here are those that the site's texts need.
os.environ |= {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}

from pypinyin import Style, lazy_pinyin, load_phrases_dict, load_single_dict, pinyin

__all__ = ["Style", "lazy_pinyin", "pinyin"]

load_single_dict({ord("都"): "dū", ord("藏"): "zàng", ord("长"): "cháng"})  # as in names, not as the library has them
load_phrases_dict(
    {
        name: [[syllable] for syllable in reading.split()]
        for name, reading in {
            # Places.
            "重庆": "chóng qìng", "厦门": "xià mén", "佛山": "fó shān", "济南": "jǐ nán", "济宁": "jǐ níng",
            "喀什": "kā shí", "石河子": "shí hé zǐ", "长子": "zhǎng zǐ", "乐清": "yuè qīng", "吴堡": "wú bǔ",
            "宝坻": "bǎo dǐ", "宝应": "bǎo yìng", "斗门": "dǒu mén", "无为": "wú wéi", "曲水": "qǔ shuǐ",
            "曲江": "qǔ jiāng", "任丘": "rén qiū", "林甸": "lín diàn", "罗甸": "luó diàn", "牟平": "mù píng",
            "犍为": "qián wéi", "疏勒": "shū lè", "弥勒": "mí lè", "监利": "jiàn lì", "茄子河": "qié zi hé",
            "蠡县": "lǐ xiàn", "长兴": "cháng xīng", "闽侯": "mǐn hòu", "黄陂": "huáng pí", "万柏林": "wàn bó lín",
            "都江堰": "dū jiāng yàn", "朝鲜": "cháo xiǎn", "蒙古": "měng gǔ", "景颇": "jǐng pō",
            # Words of the notice and of this site.
            "要求": "yāo qiú", "更名": "gēng míng", "协调": "xié tiáo", "参与": "cān yù", "对应": "duì yìng",
            "切入": "qiē rù", "转载": "zhuǎn zǎi", "部分": "bù fèn", "不是": "bú shì", "一个": "yí gè",
            # Places that the library reads wrong, with its phrases too.
            "长治": "cháng zhì", "漯河": "luò hé", "珲春": "hún chūn", "蚌埠": "bèng bù", "六安": "lù ān",
            "亳州": "bó zhōu", "歙县": "shè xiàn", "黟县": "yī xiàn", "枞阳": "zōng yáng", "涡阳": "guō yáng",
            "郴州": "chēn zhōu", "东阿": "dōng ē", "莘县": "shēn xiàn", "单县": "shàn xiàn", "乐亭": "lào tíng",
            "蔚县": "yù xiàn", "铅山": "yán shān", "大埔": "dà bù", "番禺": "pān yú", "尉犁": "yù lí",
            "泌阳": "bì yáng", "浚县": "xùn xiàn", "荥阳": "xíng yáng", "中牟": "zhōng mù", "繁峙": "fán shì",
            "洪洞": "hóng tóng", "盱眙": "xū yí", "台州": "tāi zhōu", "丽水": "lí shuǐ", "长汀": "cháng tīng",
            "什邡": "shí fāng", "六合": "lù hé", "大城": "dài chéng", "阿勒泰": "ā lè tài",
        }.items()
    }
)  # fmt: skip
