"""What a form takes goes out in a file and comes back as it was."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pilots.admin import spreadsheets
from pilots.exports import tables
from pilots.models import Province, System, Topic
from pilots.models.characters import cleaned, objection

from .forms import Person, address, official

FILES = {
    "csv": tables.csv_file,
    "xlsx": lambda columns, rows: tables.xlsx_file(columns, rows, [], "表"),
}
BENT = st.text("'=+-@_x0041、,;\t\n \"12:./月年TRUE＝", max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(texts=st.lists(st.text(max_size=60) | BENT, min_size=1, max_size=5), kind=st.sampled_from(sorted(FILES)))
def test_text_that_a_form_takes_comes_back_from_a_file_as_it_was(texts, kind):
    texts = [cleaned(text.encode("utf-8", "ignore").decode()).strip() for text in texts]
    assume(not any(map(objection, texts)))
    columns = [
        tables.Column("key", "地址名", "string", "", lambda row: "a"),
        tables.Column("text", "说明", "string", "", lambda row: row),
    ]

    with FILES[kind](columns, texts) as file:
        lines, _ = spreadsheets.read(file.read(), ["地址名", "说明"])

    assert [line.cells["说明"] for line in lines] == texts
    assert not any(line.kinds for line in lines)


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Topic, System, Province])
def test_name_that_a_cell_would_part_in_two_cannot_be_typed(model):
    row = model.objects.first()
    zhang = Person(Client(), official("张"), address(row))

    zhang.types(name=f"{row.name}、其他").saves()

    assert not zhang.is_saved
    assert "名称里不能有“、”" in zhang.text
    assert model.objects.get(pk=row.pk).name == row.name
