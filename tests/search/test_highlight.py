import pytest

from pilots.search.highlight import marked
from pilots.search.text import parse

pytestmark = pytest.mark.apart


@pytest.mark.parametrize(
    ("text", "query", "html"),
    [
        ("加强湿地保护", "湿地", "加强<mark>湿地</mark>保护"),
        ("加强湿地保护", "濕地保護", "加强<mark>湿地保护</mark>"),
        ("空间性规划“多规合一”", "规划多规", "空间性<mark>规划“多规</mark>合一”"),
        ("县、县", "县", "<mark>县</mark>、<mark>县</mark>"),
        ("建立县制", "县", "建立<mark>县</mark>制"),
        ("探索建立ＧＥＰ核算", "gep", "探索建立<mark>ＧＥＰ</mark>核算"),
        ("探索建立GEP核算", "ge", "探索建立<mark>GE</mark>P核算"),
        ("规划、审批", "划审", "规划、审批"),
        ("<b>湿地</b>&", "湿地", "&lt;b&gt;<mark>湿地</mark>&lt;/b&gt;&amp;"),
        ("湿地", "水", "湿地"),
        ("湿地和湿地", "湿地 和", "<mark>湿地和湿地</mark>"),
        ("", "水", ""),
    ],
)
def test_words_are_marked_in_the_original_text(text, query, html):
    assert marked(text, parse(query)) == html
