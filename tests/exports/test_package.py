"""The data package: valid for its own tools, the same for the same record, nothing inside that isn't public."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.test import override_settings
from typer.testing import CliRunner

from pilots.exports import package, state, tables
from pilots.exports.tables import plain
from pilots.models import Alias, Citation, Division, Priority, Province, Region, Section, Signature

from .. import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PACKAGE = "/data/package.zip"
# What is given out, column by column: a new field of the record is given out or left out on purpose.
COLUMNS = {
    "notices": "title title_remark number issued_on published_on batch index_number subject_category subject_words "
    "catalogue_source "
    "searched_on source_remark slug url "
    "is_corrected number_issued title_issued",
    "sections": "is_issued notice position kind anchor heading text_raw text url "
    "is_corrected text_raw_issued heading_issued text_issued",
    "citations": "is_issued notice section position title number is_corrected title_issued number_issued",
    "ministries": "name full_name is_full_name_verified full_name_source text_name name_en name_en_source "
    "successor change change_source position slug url "
    "is_corrected text_name_issued",
    "signatures": "is_issued notice ministry position name_raw name is_corrected name_raw_issued name_issued",
    "provinces": "name short_name name_en name_en_source "
    "abbreviation other_abbreviations kind code pinyin parent addressed_position "
    "position slug url",
    "systems": "name short_name name_en name_en_source position is_other slug url",
    "topics": "name name_en name_en_source definition definition_source position slug url",
    "regions": "is_issued notice serial name_raw name short_name name_en name_en_source "
    "kind is_kind_verified kind_source province "
    "name_now name_now_status renamed_on renamed_precision renaming renaming_source pinyin short_pinyin "
    "open_points remark remark_source verification slug url "
    "is_corrected serial_issued name_raw_issued name_issued",
    "divisions": "region position role name_then code_then name_now code_now remark verification source",
    "aliases": "region name kind source",
    "terms": "word official",
    "priorities": "is_issued region number text_raw text system confidence url "
    "is_corrected number_issued text_raw_issued text_issued",
    "documents": "region position title about_titles number issuer issued published kind relation duties priorities "
    "finding is_reprint source url pdf pdf_sha256",
    "indicators": "region document position name remark unit base_year base_value target_year target_value "
    "reached_year reached_value binding",
    "mechanisms": "region document position name remark members lead since meetings agreements",
    "projects": "region document position name remark stage investment start_year end_year body",
    "region_partners": "region province",
    "priority_also_systems": "region number system",
    "priority_topics": "region number topic",
}


def files(client):
    response = client.get(PACKAGE)
    assert response.status_code == 200
    return package.unpacked(response.content)


def rows(found, table):
    return list(csv.DictReader(io.StringIO(found[f"{table}.csv"].decode(), newline=""), strict=True))


def validated(path):
    """Return what frictionless's command says of a package: the program in this process, which imports it once."""
    from frictionless.console import console

    return json.loads(CliRunner().invoke(console, ["validate", str(path), "--json"]).stdout)


def broken(found, name, old, new):
    """The package with one thing in it changed, and every checksum right."""
    found = found | {name: found[name].replace(old, new, 1)}
    said = json.loads(found["datapackage.json"])
    for resource in said["resources"]:
        content = found[resource["path"]]
        resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    return tables.packed((found | {"datapackage.json": json.dumps(said).encode()}).items())


def test_frictionless_finds_no_fault(client, tmp_path):
    (tmp_path / "package.zip").write_bytes(client.get(PACKAGE).content)

    report = validated(tmp_path / "package.zip")

    assert report["valid"], report
    assert [task["name"] for task in report["tasks"]] == list(COLUMNS)
    assert {task["name"]: task["stats"]["rows"] for task in report["tasks"]}["priorities"] == 130


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        ("priorities.csv", b"beijing-huairou,1", b"nowhere,1", "foreign-key"),
        ("regions.csv", b"county", b"hamlet", "constraint-error"),
        ("topics.csv", b",1,", b",x,", "type-error"),
        ("sections.csv", b"notice,", b"noticed,", "incorrect-label"),
    ],
)
def test_frictionless_would_find_a_fault(client, tmp_path, name, old, new, kind):
    (tmp_path / "package.zip").write_bytes(broken(files(client), name, old, new))

    report = validated(tmp_path / "package.zip")

    assert {error["type"] for task in report["tasks"] for error in task["errors"]} >= {kind}


def test_frictionless_checks_the_checksums(client, tmp_path):
    found = files(client)
    changed = found | {"regions.csv": found["regions.csv"].replace("怀柔".encode(), "密云".encode(), 1)}
    (tmp_path / "package.zip").write_bytes(tables.packed(changed.items()))

    report = validated(tmp_path / "package.zip")

    assert "hash-count" in {error["type"] for task in report["tasks"] for error in task["errors"]}


def test_columns_are_those_meant_for_readers(client):
    said = json.loads(files(client)["datapackage.json"])

    found = {each["name"]: [field["name"] for field in each["schema"]["fields"]] for each in said["resources"]}
    assert found == {name: columns.split() for name, columns in COLUMNS.items()}


def test_tables_hold_the_record_as_it_is(client):
    found = files(client)

    for table, model in (
        ("regions", Region),
        ("priorities", Priority),
        ("sections", Section),
        ("provinces", Province),
    ):
        assert len(rows(found, table)) == model.objects.count()
    assert {row["slug"]: row["name_raw"] for row in rows(found, "regions")} == dict(
        Region.objects.values_list("slug", "name_raw")
    )
    assert {(row["region"], row["number"]): row["text_raw"] for row in rows(found, "priorities")} == {
        (slug, str(number)): text
        for slug, number, text in Priority.objects.values_list("region__slug", "number", "text_raw")
    }
    assert {row["anchor"]: plain(row["text_raw"]) for row in rows(found, "sections")} == dict(
        Section.objects.values_list("anchor", "text_raw")
    )
    assert len(rows(found, "priority_topics")) == Priority.topics.through.objects.count()
    assert {"region": "jing-jin-ji", "province": "hebei"} in rows(found, "region_partners")


def test_what_readers_may_not_see_is_not_in_it(client):
    make.overwrite(
        Region.objects.filter(slug="beijing-huairou"),
        name_now="传闻区",
        name_now_status="unverified",
        internal_note="问过张三",
        verification="partial",
    )
    make.overwrite(Priority.objects.filter(region__slug="beijing-huairou"), classification_note="拿不准")
    make.overwrite(
        Division.objects.filter(region__slug="beijing-huairou"), verification="unverified", name_then="传闻县"
    )
    Region.objects.get(slug="jing-jin-ji").delete()

    found = files(client)

    everything = b"".join(found.values()).decode()
    for word in ("传闻", "张三", "拿不准", "jing-jin-ji"):
        assert word not in everything


def test_sums_and_sizes_are_those_of_the_files(client):
    found = files(client)
    sums = dict(reversed(line.split("  ")) for line in found["SHA256SUMS"].decode().splitlines())

    assert sums.keys() == found.keys() - {"SHA256SUMS"}
    for name, said in sums.items():
        assert hashlib.sha256(found[name]).hexdigest() == said
    for resource in json.loads(found["datapackage.json"])["resources"]:
        content = found[resource["path"]]
        assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{sums[resource['path']]}")


def test_same_record_gives_the_same_bytes(client, folder):
    first = client.get(PACKAGE).content
    open_points = Region.objects.get(slug="beijing-huairou").open_points

    make.overwrite(Region.objects.filter(slug="beijing-huairou"), open_points="改了")
    changed = client.get(PACKAGE).content
    make.overwrite(Region.objects.filter(slug="beijing-huairou"), open_points=open_points)
    back = client.get(PACKAGE).content
    with override_settings(DATA_DIR=folder / "elsewhere"):
        elsewhere = client.get(PACKAGE).content

    assert first == back == elsewhere
    assert changed != first
    assert package.descriptor(changed)["version"] != package.descriptor(first)["version"]


def test_version_is_of_the_content_alone(client):
    before = client.get(PACKAGE)

    make.overwrite(Region.objects.filter(slug="beijing-huairou"), internal_note="又问了一次")

    after = client.get(PACKAGE)
    assert after.headers["ETag"] == before.headers["ETag"]
    version = package.descriptor(before.content)["version"]
    assert f"ecological-civilization-pilots-{version}.zip" in after.headers["Content-Disposition"]


@pytest.mark.parametrize("model", [Signature, Citation])
def test_no_write_goes_unnoticed(client, model):
    before = client.get(PACKAGE).content
    field = "name" if model is Signature else "title"

    make.overwrite(model.objects.filter(position=1), **{field: "改了"})

    assert client.get(PACKAGE).content != before


def test_every_file_has_an_address_of_its_own(client):
    for name, content in files(client).items():
        response = client.get(f"/data/{name}")
        assert (response.status_code, response.content) == (200, content)
    assert client.get("/data/nothing.csv").status_code == 404


@pytest.mark.parametrize("path", [PACKAGE, "/data/datapackage.json", "/data/regions.csv", "/data/offline.zip"])
def test_file_is_cacheable_and_for_reading_only(few_pages, client, path):
    got, head = client.get(path), client.head(path)

    assert (dict(head.headers), head.content) == (dict(got.headers), b"")
    assert client.get(path, headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    assert got.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert not got.cookies
    assert client.post(path).status_code == 405


def test_zip_names_no_moment_and_no_folder_outside(client):
    with zipfile.ZipFile(io.BytesIO(client.get(PACKAGE).content)) as found:
        assert {part.date_time for part in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [part.filename for part in found.infolist() if "/" in part.filename]


def test_made_once_for_a_state_of_the_record(client, django_assert_num_queries):
    client.get(PACKAGE)

    with django_assert_num_queries(1):
        client.get(PACKAGE)
    with django_assert_num_queries(1):
        client.get("/data/regions.csv")


def test_what_was_made_while_somebody_saved_is_made_again(client):
    made = []

    def file():
        made.append(Region.objects.get(slug="beijing-huairou").open_points)
        if len(made) < 3:
            make.overwrite(Region.objects.filter(slug="beijing-huairou"), open_points=f"第{len(made)}次")
        return made[-1].encode()

    assert state.file("x", make=file).decode() == "第2次"
    assert len(made) == 3


def test_record_that_does_not_stand_still_is_said_to_change(client, monkeypatch):
    def make(base):
        Region.objects.get(slug="beijing-huairou").save()
        return []

    monkeypatch.setattr(package, "_files", make)

    response = client.get(PACKAGE)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_other_names_have_a_source_and_words_of_searching_their_meaning(client):
    make.overwrite(Alias.objects.filter(name="蓟州区"), source="")
    found = files(client)

    names = {row["name"]: row["source"] for row in rows(found, "aliases")}
    assert names["蓟县"] == "发改环资〔2015〕3214号"
    assert all(names.values())
    assert "蓟州区" not in names
    assert {row["word"]: row["official"] for row in rows(found, "terms")}["离任"] == "离任审计"
    assert "reason" not in rows(found, "terms")[0]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-99", 206, (0, 100)),
        ("bytes=100-", 206, (100, None)),
        ("bytes=-10", 206, (-10, None)),
        ("bytes=0-999999999", 206, (0, None)),
        ("bytes=999999999-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=5-2", 200, (0, None)),
        ("bytes=-", 200, (0, None)),
        ("bytes=0-1,4-5", 200, (0, None)),
        ("lines=0-1", 200, (0, None)),
    ],
)
def test_part_of_a_file_is_what_was_asked_for_and_nothing_is_compressed_twice(client, asked, status, part):
    whole = client.get(PACKAGE, headers={"accept-encoding": "gzip"})
    answer = client.get(PACKAGE, headers={"accept-encoding": "gzip", "range": asked})
    later = client.get(PACKAGE, headers={"range": asked, "if-range": '"another"'})
    head = client.head(PACKAGE, headers={"range": asked})

    assert "Content-Encoding" not in whole.headers
    assert zipfile.ZipFile(io.BytesIO(whole.content)).testzip() is None
    assert (answer.status_code, answer.content) == (status, whole.content[slice(*part)])
    assert answer.headers["Content-Length"] == str(len(answer.content))
    size, length = len(whole.content), len(answer.content)
    start = size - 10 if asked == "bytes=-10" else part[0]
    said = f"{start}-{start + length - 1}" if length else "*"
    assert answer.headers.get("Content-Range") == (None if status == 200 else f"bytes {said}/{size}")
    assert (later.status_code, later.content) == (200, whole.content)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(size))
