"""The page that says what there is: true of the files, and its examples run."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from pilots.models import Alias, HistoryEntry, Ministry, Notice, Priority, Region, Section, System, editing
from tests.serving import fetch

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def folder(files, settings):
    """What is kept of a state of the record, is kept for all tests here: no two edits make the same state."""
    settings.DATA_DIR = files


def page(client, path="/data/"):
    response = client.get(path)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def words(node):
    return " ".join(node.text().split()).replace("\xa0", " ")


def example(site, name):
    """The example as a reader of that site copies it."""
    tree = LexborHTMLParser(fetch(f"{site}/data/")[1].decode())
    return tree.css_first(f"#example-{name}").text()


def run(command, folder, **options):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_sizes_and_checksums_are_those_of_the_files(client):
    tree = page(client)
    lines = tree.css("#whole ~ .table tbody tr")
    checksums = dict(zip(map(words, tree.css(".checksums dt")), map(words, tree.css(".checksums dd")), strict=True))

    assert len(lines) == len(checksums) == 7
    for line in lines:
        link = line.css_first("a")
        content = client.get(link.attributes["href"]).content
        assert words(line.css_first("td")) == f"{len(content) / 1024:.1f} KB"
        assert checksums[words(link)] == hashlib.sha256(content).hexdigest()


def test_dictionary_has_every_column_with_what_the_models_say(client):
    tables = {
        words(table.css_first("summary")).split("：")[0]: table
        for path in ("/data/", "/data/fields/")
        for table in page(client, path).css("#fields ~ details")
    }
    said = {
        name: [[words(cell) for cell in row.css("th, td")] for row in table.css("tbody tr")]
        for name, table in tables.items()
    }

    assert len(said) == 2 + 20
    field = Region._meta.get_field("open_points")
    assert ["open_points", field.verbose_name, "文字", field.help_text] in said["regions.csv"]
    assert ["system", Priority._meta.get_field("system").verbose_name, "文字", "本站归类。"] in said["priorities.csv"]
    assert ["is_other", "八项以外", "是/否", System._meta.get_field("is_other").help_text] in said["systems.csv"]
    for name, rows in said.items():
        head = client.get(tables[name].css_first("a").attributes["href"]).content.decode("utf-8-sig").splitlines()[0]
        assert len(rows) == len(head.split(","))
        assert all(label and kind for _, label, kind, _ in rows), name


def test_rows_of_each_table_are_counted(client):
    summaries = [words(node) for node in page(client).css("#fields ~ details summary")]

    assert (
        summaries[0]
        == f"/regions.csv：先行示范地区（{len(client.get('/regions.json').json()['regions'][0])}列，45行）"
    )
    of_package = [words(node) for node in page(client, "/data/fields/").css("#fields ~ details summary")]
    assert "priorities.csv：制度创新重点（12列，130行）" in of_package
    assert "指标（81行）、协调机制（4行）、重点项目（3行）" in words(page(client).css_first("#fields").parent)


def test_version_is_the_packages(client):
    assert words(page(client).css_first("#whole ~ p code")) == client.get("/data/datapackage.json").json()["version"]


def test_terms_are_the_operators(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"  # other terms, other files
    assert "使用许可：尚未确定。" in words(page(client).css_first("#terms").parent)

    settings.SITE = settings.SITE | {
        "licence": "CC BY 4.0",
        "licence_url": "https://example.org/by",
        "source": "据原件。",
    }

    terms = page(client).css_first("#terms").parent
    assert (words(terms.css_first("a[rel=license]")), "据原件。" in words(terms)) == ("CC BY 4.0", True)
    assert client.get("/data/datapackage.json").json()["licenses"][0]["path"] == "https://example.org/by"
    assert client.get("/regions.json").json()["licence"] == "CC BY 4.0 https://example.org/by"


def test_python_example_runs(site, tmp_path):
    said = run([sys.executable, "-c", example(site, "python")], tmp_path).splitlines()

    lines = Priority.objects.filter(topics__slug="ecological-compensation")
    assert said[0].startswith("主题 生态保护补偿")
    assert said[0].endswith(f" {len(lines)}")
    assert len(said) == 1 + len(lines)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl_example_runs(site, tmp_path):
    said = run(["sh", "-e", "-c", example(site, "curl")], tmp_path)

    assert said == "304\n"
    with (tmp_path / "hebei.csv").open(encoding="utf-8-sig", newline="") as file:
        assert "河北省" in next(csv.DictReader(file))["所在省级单位"]
    assert (tmp_path / "package.zip").read_bytes() == fetch(f"{site}/data/package.zip")[1]


def test_r_example_reads_what_is_there(site, tmp_path):
    if shutil.which("Rscript") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("R is not installed")

    assert run(["Rscript", "-e", example(site, "r")], tmp_path).startswith("[1] 45\n")


def dataset(client):
    block = page(client).css_first("script[type='application/ld+json']").text()
    [node] = [node for node in json.loads(block)["@graph"] if node["@type"] == "Dataset"]
    return node


def test_dataset_names_each_file_as_one_gets_it(few_pages, client):
    found = dataset(client)["distribution"]

    assert len(found) == len({each["contentUrl"] for each in found}) > 20
    for each in found:
        response = client.get(each["contentUrl"].removeprefix("http://testserver"))
        assert response.headers["Content-Type"].partition(";")[0] == each["encodingFormat"]
        if "contentSize" in each:
            assert each["contentSize"] == f"{len(response.content)} B"
            assert each["sha256"] == hashlib.sha256(response.content).hexdigest()


def test_dataset_says_what_it_is_based_on_and_no_terms_that_nobody_set(client):
    found = dataset(client)

    assert found["isBasedOn"][0]["legislationIdentifier"] == "发改环资〔2015〕3214号"
    assert found["temporalCoverage"] == "2015-12-31/.."
    assert found["version"] == client.get("/data/datapackage.json").json()["version"]
    assert not {"license", "creator", "dateModified"} & found.keys()


@pytest.mark.parametrize(
    ("terms", "license_"),
    [
        ({"licence": "CC BY 4.0", "licence_url": "https://example.gov.cn/by"}, "https://example.gov.cn/by"),
        ({"licence": "CC BY 4.0"}, {"@type": "CreativeWork", "name": "CC BY 4.0"}),
    ],
)
def test_dataset_says_the_operators_terms(client, settings, tmp_path, terms, license_):
    settings.DATA_DIR = tmp_path / "data"
    settings.SITE = settings.SITE | {"operator": "某局"} | terms

    found = dataset(client)

    assert found["license"] == license_
    assert found["creator"] == {"@type": "Organization", "name": "某局"}


def test_dataset_says_when_the_title_it_is_based_on_was_corrected(client):
    notice = Notice.objects.get()
    issued = notice.title
    with editing(actor=None, reason="更正"):
        notice.title = "某标题"
        notice.save()

    found = dataset(client)

    assert found["isBasedOn"][0]["description"] == f"已更正，印发原文：{issued}。"
    assert found["dateModified"]


@pytest.mark.parametrize(("model", "field"), [(Section, "heading"), (Ministry, "change"), (Alias, "source")])
def test_page_says_when_anything_in_the_package_last_changed(client, model, field):
    row = model.objects.first()
    with editing(actor=None, reason="更正"):
        setattr(row, field, "国函〔2016〕98号")
        row.save()

    last = timezone.localtime(HistoryEntry.objects.latest("timestamp").timestamp).replace(microsecond=0)
    shown = page(client).css_first("#whole ~ p time")

    assert dataset(client)["dateModified"] == shown.attributes["datetime"] == last.isoformat()
    assert words(shown) == f"{last.year}年{last.month}月{last.day}日{last:%H:%M}"


def test_page_takes_a_fixed_number_of_queries(client, django_assert_num_queries):
    page(client)
    with django_assert_num_queries(7):
        page(client)
