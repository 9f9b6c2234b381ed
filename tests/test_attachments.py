"""The PDF of a document: what is taken, how it is kept, who gets it, and that no edit and no error loses it."""

import asyncio
import base64
import hashlib
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from config import rsgi
from pilots.history.edits import pieces
from pilots.models import Document, Draft, HistoryEntry, Proposal, Region
from pilots.record import attachments, pdf

from . import factories as make
from .forms import Person, official

pytestmark = pytest.mark.django_db
ONE, OTHER = make.make_pdf(b"/One 1"), make.make_pdf(b"/Other 2")
SUM = hashlib.sha256(ONE).hexdigest()
ADDRESS = f"/files/{SUM}.pdf"


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def document():
    return make.make_document()


def stored(content=ONE):
    return attachments.put(content)


def packed(objects, dictionary=b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode"):
    """A stream of compressed objects."""
    return b">>endobj 2 0 obj<<" + dictionary + b">>stream\n" + zlib.compress(objects) + b"\nendstream endobj <<"


def upload(person, content, name="某市方案.pdf", **values):
    person.types(**values).types(**{"pdf-file": None} if "pdf-file" in person.posted else {})
    person.posted["pdf-file"] = SimpleUploadedFile(name, content, "application/pdf")
    said = person.saves()
    person.posted.pop("pdf-file", None)
    return said


def form_of(document):
    return f"/admin/pilots/document/{document.pk}/whole/"


# What is taken.

HOSTILE = [
    (b"", "不是 PDF"),
    (b"\n" + ONE, "不是 PDF"),
    (b"\xef\xbb\xbf" + ONE, "不是 PDF"),
    (b"<html><script>alert(1)</script>" + ONE, "不是 PDF"),
    (b"PK\3\4" + ONE, "不是 PDF"),
    (b"MZ" + ONE, "不是 PDF"),
    (b"GIF89a" + ONE, "不是 PDF"),
    (b"%PDF-9.9\n" + ONE[9:], "不是 PDF"),
    (b"%PDF-1.7", "不是 PDF"),
    (b"%PDF-1.7\n", "不完整"),
    (ONE[:-8], "不完整"),
    (ONE + b"<script>alert(1)</script>", "不完整"),
    (ONE + b"PK\5\6" + bytes(18), "不完整"),
    (make.make_pdf(tail=b"%%EOF"), "不完整"),
    (ONE.replace(b"/Root", b"/Boot"), "不完整"),
    (ONE.replace(b"endobj", b"PK\5\6" + bytes(16)), "压缩文件"),
    (make.make_pdf(b"<!DOCTYPE html>"), "网页"),
    (make.make_pdf(b"<ScRiPt>"), "网页"),
    (make.make_pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "脚本"),
    (make.make_pdf(b"/OpenAction<</S/J#61vaScript/JS(1)>>"), "脚本"),
    (make.make_pdf(b"/OpenAction<</S/#4A#61#76#61Script/JS(1)>>"), "脚本"),
    *(
        (make.make_pdf(inside), "一打开就")
        for inside in (
            b"/OpenAction<</S/URI/URI(http://a.cn)>>",
            b"/OpenAction <</Type/Action /S /#55RI /URI(http://a.cn)>>",
            b"/OpenAction<</X(>>)/S/URI/URI(http://a.cn)>>",
            b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next<</S/URI/URI(http://a.cn)>>>>",
            b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 9 0 R>>",
            b"/OpenAction<</S/Thread/D 0>>",
            b"/OpenAction 9 0 R>>endobj 9 0 obj\n<</S/URI/URI(http://a.cn)>>endobj",
            b"/OpenAction 9 0 R>>endobj 9 0 obj[3 0 R/Fit]endobj 9 0 obj<</S/URI/URI(http://a.cn)>>endobj",
            b"/OpenAction 9 0 R>>endobj " + packed(b"8 0 9 6 <</A 1>><</S/URI/URI(http://a.cn)>>"),
            packed(b"1 0 <</OpenAction 9 0 R>>") + b" 9 0 obj<</S/URI/URI(http://a.cn)>>endobj",
            b"/AA<</O<</S/URI/URI(http://a.cn)>>>>",
        )
    ),
    (make.make_pdf(b"/OpenAction 9 0 R" * 30), "看不清"),
    (make.make_pdf(b"/Names<</JavaScript 3 0 R>>"), "脚本"),
    (make.make_pdf(b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"), "别的程序"),
    (make.make_pdf(b"/Names<</EmbeddedFiles 3 0 R>>"), "附件"),
    (make.make_pdf(b"/Type/EmbeddedFile"), "附件"),
    (make.make_pdf(b"/S/GoToE"), "附件"),
    (make.make_pdf(b"/AcroForm<</XFA 3 0 R>>"), "表单"),
    (make.make_pdf(b"/S/SubmitForm/F(http://a.cn)"), "发送"),
    (make.make_pdf(b"/Subtype/RichMedia"), "音像"),
    (make.make_pdf(tail=b"<</Encrypt 5 0 R>>startxref\n9\n%%EOF"), "密码"),
    (make.make_pdf(tail=b"<</#45ncrypt 5 0 R>>startxref\n9\n%%EOF"), "密码"),
    (make.make_pdf(packed(b"1 0 <</S/JavaScript/JS(1)>>")), "脚本"),
    (make.make_pdf(packed(b"1 0 <</S/L#61unch>>")), "别的程序"),
    (make.make_pdf(packed(b"1 0 <</S/JavaScript>>", b"/N 1/First 4/Filter/FlateDecode")), "脚本"),
    (make.make_pdf(packed(b"1 0 <</S/JavaScript>>", b"/Type/Obj#53tm/Filter/FlateDecode")), "脚本"),
    (make.make_pdf(packed(b"1 0 x", b"/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]")), "看不清"),
    *(
        (make.make_pdf(packed(b"1 0 <</S/JavaScript>>", dictionary)), "脚本")
        for dictionary in (
            b"/Type/ObjStm/X(endobj)/Filter/FlateDecode",
            b"/Type/ObjStm%endobj\n/Filter/FlateDecode",
            b"/Type 5 0 R/N 6 0 R/First 7 0 R/Filter/FlateDecode",
        )
    ),
    (make.make_pdf(packed(b"x", b"/X(endstream)/Type/ObjStm/X(stream)/Filter/FlateDecode")), "看不清"),
    (make.make_pdf(b"5 0 obj/ObjStm endobj"), "看不清"),
    (make.make_pdf(b"<</Type/Filespec/EF<</F 9 0 R>>>>"), "附件"),
    (make.make_pdf(b"<</S/GoToR/F(a.pdf)>>"), "别的文件"),
    (make.make_pdf(packed(zlib.compress(b"1 0 x"), b"/Type/ObjStm/Filter[/FlateDecode/FlateDecode]")), "看不清"),
    (make.make_pdf(packed(b"1 0 x", b"/Type/ObjStm/Filter/FlateDecode/DecodeParms<</Predictor 12>>")), "看不清"),
    (make.make_pdf(packed(b"1 0 x", b"/Type/ObjStm/Filter 9 0 R")), "看不清"),
    (make.make_pdf(packed(b"x").replace(zlib.compress(b"x"), b"no")), "看不清"),
    (make.make_pdf(b"/#4a" * (2 * pdf.MOST_ESCAPES)), "看不清"),
    (make.make_pdf(b"stream " * (2 * pdf.MOST_STREAMS + 1)), "看不清"),
    (make.make_pdf(bytes(20 << 20)), "超过20 MB"),
]


@pytest.mark.once
def test_hostile_files_are_refused_and_nothing_of_them_is_kept(storage):
    for content, words in HOSTILE:
        with pytest.raises(ValidationError) as refusal:
            attachments.put(content)
        assert words in refusal.value.messages[0], content[:200]

    assert not storage.exists()


@pytest.mark.once
def test_objects_that_unpack_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(pdf, "MOST_INFLATED", 100)

    assert "看不清" in pdf.problem(make.make_pdf(packed(b"1 0 " + bytes(1000))))


@pytest.mark.once
@pytest.mark.parametrize(
    "content",
    [
        ONE,
        make.make_pdf(head=b"%PDF-1.4\r\n%\xe2\xe3\xcf\xd3\r\n", tail=b"startxref\r\n9\r\n%%EOF\r\n\0"),
        make.make_pdf(packed(b"1 0 <</Type/Page/Annots[<</A<</S/URI/URI(https://a.cn)>>>>]>>")),
        make.make_pdf(b"/OpenAction[3 0 R/Fit]/X<</A<</S/URI/URI(https://a.cn)>>>>"),
        make.make_pdf(b"/OpenAction<</S/GoTo/D[3 0 R/XYZ null null 0]>>/X<</A<</S/URI/URI(https://a.cn)>>>>"),
        make.make_pdf(b"/OpenAction 9 0 R/URI<<>> >>endobj 9 0 obj <<\n/S /GoTo /D [3 0 R /Fit] >>\nendobj"),
        make.make_pdf(packed(b"1 0 9 22 <</OpenAction 9 0 R>>   [3 0 R/Fit]<</A<</S/URI/URI(https://a.cn)>>>>")),
        make.make_pdf(b"/AA<</O<</S/GoTo/D[3 0 R/Fit]>>>>/X<</A<</S/URI/URI(https://a.cn)>>>>"),
        make.make_pdf(b"/OpenAction 12 0 R"),  # that isn't there: nothing
        make.make_pdf(b"/Outlines<</First 3 0 R/Last 3 0 R>>>>stream\nBT (JavaScript) Tj ET\nendstream<<"),
    ],
)
def test_plain_file_is_taken(content):
    assert pdf.problem(content) == ""


# How it is kept.


@pytest.mark.once
def test_file_is_kept_once_for_its_owners_eyes(storage, document):
    value = stored()

    assert stored() == value == f"{SUM}-{len(ONE)}"
    [path] = storage.rglob("*.pdf")
    assert path == storage / "documents" / f"{SUM}.pdf"
    assert path.read_bytes() == ONE
    assert [oct(os.stat(place).st_mode & 0o777) for place in (path, path.parent)] == ["0o600", "0o700"]


@pytest.mark.once
def test_half_a_file_of_a_killed_worker_is_written_anew(storage):
    (storage / "documents").mkdir(parents=True)
    path = storage / "documents" / f"{SUM}.pdf"
    path.write_bytes(ONE[:10])

    stored()

    assert path.read_bytes() == ONE


def test_full_storage_drops_what_nobody_names_and_then_refuses(storage, document, monkeypatch):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored())
    left = stored(OTHER)
    monkeypatch.setattr(attachments, "MOST_IN_ALL", len(ONE) + len(OTHER) + 1)
    with pytest.raises(ValidationError, match="已满"):
        stored(make.make_pdf(b"/Third 3"))

    long_ago = (timezone.now() - Draft.KEPT).timestamp() - 1
    os.utime(default_storage.path(attachments.path_of(left)), (long_ago, long_ago))
    third = stored(make.make_pdf(b"/Third 3"))

    assert attachments.is_there(third)
    assert not attachments.is_there(left)
    assert attachments.read(f"{SUM}-{len(ONE)}") == ONE


@pytest.mark.once
def test_disk_that_can_not_be_written_is_told(storage):
    storage.write_text("a file in the place of the folder")

    with pytest.raises(ValidationError, match="磁盘"):
        stored()


@pytest.mark.once
def test_check_of_the_record_tells_of_lost_and_damaged_files(document, capsys):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored())
    assert list(attachments.problems()) == []

    with default_storage.open(attachments.path_of(document_pdf(document)), "r+b") as file:
        file.write(b"damaged")

    with pytest.raises(CommandError):
        call_command("check_record", verbosity=0)
    assert f"documents/{SUM}.pdf 丢失或已损坏" in capsys.readouterr().err


def document_pdf(document):
    return Document.objects.values_list("pdf", flat=True).get(pk=document.pk)


# In the form.


@pytest.mark.once
def test_uploaded_file_is_published_with_size_and_sum(client, document):
    person = Person(client, official("张"), form_of(document))

    upload(person, ONE, "../../坏\r\n名字.pdf")

    assert person.is_saved
    assert document_pdf(document) == f"{SUM}-{len(ONE)}"
    page = Client().get(document.region.get_absolute_url()).text
    assert f'href="{ADDRESS}"' in page
    assert SUM in LexborHTMLParser(page).css_first(f"#{document.anchor} code").text()
    assert [line["after"] for line in HistoryEntry.objects.latest("pk").public_lines] == [
        f"PDF，{len(ONE)} 字节，SHA-256 {SUM}"
    ]
    said = Client().get(f"/api/v1/documents/{document.region.slug}/{document.position}/").json()
    assert (said["pdf"], said["pdf_sha256"], said["pdf_bytes"]) == (f"http://testserver{ADDRESS}", SUM, len(ONE))
    row = next(row for row in Client().get("/after.json").json()["after"] if row["pdf"])
    assert (row["pdf"], row["pdf_sha256"]) == (f"http://testserver{ADDRESS}", SUM)
    assert f'"sha256": "{SUM}"' in page
    make.overwrite(Document.objects.filter(pk=document.pk), relation="direct", finding="点名。")
    after = LexborHTMLParser(Client().get("/after/").text)
    assert [code.text() for code in after.css(f'td a[href="{ADDRESS}"] + code')] == [SUM]
    assert len(after.css("td code")) == 1  # where there is a file alone


def test_file_is_a_download_that_no_browser_runs(client, document, django_assert_num_queries):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored(), title='名"\n字')

    with django_assert_num_queries(1):
        answer = client.get(ADDRESS)

    assert answer.getvalue() == ONE
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{SUM[:12]}.pdf"; ')
    digest = base64.b64encode(bytes.fromhex(SUM)).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    part = client.get(ADDRESS, headers={"Range": "bytes=5-8", "If-Range": answer.headers["ETag"]})
    assert (part.status_code, part.getvalue(), part.headers["Repr-Digest"]) == (206, ONE[5:9], f"sha-256=:{digest}:")
    assert (part.headers["Content-Length"], part.headers["Content-Range"]) == ("4", f"bytes 5-8/{len(ONE)}")
    beyond = client.get(ADDRESS, headers={"Range": f"bytes={len(ONE)}-"})
    assert (beyond.status_code, beyond.getvalue(), beyond.headers["Content-Length"]) == (416, b"", "0")
    assert client.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    head = client.head(ADDRESS)
    assert (head.getvalue(), head.headers["Content-Length"]) == (b"", str(len(ONE)))


def test_large_file_is_sent_in_pieces_and_let_go_where_nobody_takes_them(client, document, monkeypatch):
    large = make.make_pdf(bytes(3 << 20))
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored(large))
    address, sent = f"/files/{hashlib.sha256(large).hexdigest()}.pdf", []

    def answer(environ, start_response):
        response = client.get(environ["PATH_INFO"])
        start_response("200 OK", [*response.items()])
        return response

    monkeypatch.setattr(rsgi, "django", answer)
    monkeypatch.setattr(rsgi._pages, "connect", lambda: None)

    class Transport:
        async def send_bytes(self, piece):
            if len(sent) == most:
                raise RuntimeError
            sent.append(piece)

    for most in (1_000, 2):
        sent.clear()
        status, headers, response = rsgi._answer({"PATH_INFO": address, "REQUEST_METHOD": "GET"})
        protocol = SimpleNamespace(response_stream=lambda *head: Transport())
        with ThreadPoolExecutor(1) as thread:  # in this one a browser of a test before may have left its loop running
            thread.submit(asyncio.run, rsgi._send(protocol, status, headers, response)).result()
        assert (status, dict(headers)["Content-Length"]) == (200, str(len(large)))
        assert response.closed
        assert max(map(len, sent)) <= 64 << 10
        assert (b"".join(sent) == large) == (most > 2)

    middle = client.get(address, headers={"Range": "bytes=65530-2000000"})
    assert middle.getvalue() == large[65_530:2_000_001]


def test_damaged_file_is_not_given_out(client, document):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored())
    default_storage.delete(attachments.path_of(document_pdf(document)))

    answer = client.get(ADDRESS)

    assert (answer.status_code, "文件暂时取不到" in answer.text) == (503, True)


@pytest.mark.parametrize(
    "values", [{"verification": "unverified"}, {"withdrawn_on": "2026-01-02", "withdrawn_reason": "误"}, {"pdf": ""}]
)
def test_file_is_only_where_readers_see_its_document(client, document, values):
    make.overwrite(Document.all_objects.filter(pk=document.pk), pdf=stored())
    assert client.get(ADDRESS).status_code == 200

    make.overwrite(Document.all_objects.filter(pk=document.pk), **values)

    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"/files/{'0' * 64}.pdf").status_code == 404


def test_document_with_a_file_needs_no_address(client):
    document = make.make_document(source="某市政府", pdf=stored())

    document.full_clean()
    assert client.get(ADDRESS).status_code == 200
    assert f'id="{document.anchor}"' in client.get(document.region.get_absolute_url()).text
    assert client.get(f"/api/v1/documents/{document.region.slug}/{document.position}/").status_code == 200
    assert client.get(f"/api/v1/documents/?region={document.region.slug}").json()["count"] > len(
        Document.objects.filter(region=document.region, pdf="", verification="verified")
    )
    document.pdf = ""
    with pytest.raises(ValidationError, match="上传PDF文件"):
        document.full_clean()


def test_file_stays_when_something_else_is_wrong(client, document):
    person = Person(client, official("张"), form_of(document))

    upload(person, ONE, issued="2019-13")

    assert not person.is_saved
    assert person.posted["pdf"] == [f"{SUM}-{len(ONE)}"]
    link = LexborHTMLParser(person.text).css_first(".pdf a").attributes["href"]
    assert client.get(link).getvalue() == ONE  # her draft names it
    person.types(issued=document.issued).saves()
    assert person.is_saved
    assert document_pdf(document) == f"{SUM}-{len(ONE)}"


@pytest.mark.once
def test_file_that_is_not_taken_loses_nothing_typed(client, document):
    person = Person(client, official("张"), form_of(document))

    upload(person, b"<html>", issuer="某市人民政府")

    assert not person.is_saved
    problem = LexborHTMLParser(person.text).css_first('.errornote a[href="#id_pdf"]').text()
    assert "不是 PDF" in problem
    assert "请重新选择" in problem
    assert person.posted["issuer"] == ["某市人民政府"]
    assert document_pdf(document) == ""


@pytest.mark.once
def test_file_that_is_not_here_can_not_be_named(client, document):
    person = Person(client, official("张"), form_of(document))

    person.types(pdf=f"{'0' * 64}-9").saves()
    assert "不在本站" in person.text
    person.types(pdf="../../etc/passwd").saves()

    assert "不在本站" in person.text
    assert document_pdf(document) == ""


def test_who_knows_the_sum_of_a_file_gets_nothing_by_it(client, document):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored(), verification="unverified")
    theirs = make.make_document(region=Region.objects.get(slug="beijing-huairou"))
    place, name = f"/admin/pilots/document/pdf/{SUM}.pdf", f"{SUM}-{len(ONE)}"
    person = Person(client, make.make_official("京", "省级编辑", "beijing"), form_of(theirs))
    brought = Person(Client(), official("王"), form_of(theirs))
    upload(brought, ONE, issued="2019-13")

    for values in ({}, {"pdf_uploaded": brought.posted.get("pdf_uploaded", "")}, {"pdf_uploaded": "x"}):
        person.types(pdf=name, internal_note=name, **values).saves()
        assert "不在本站" in person.text, values
        assert client.get(place).status_code == 404
    person.types(pdf="", pdf_uploaded="", internal_note=name).saves()
    assert person.is_saved
    assert document_pdf(theirs) == ""
    assert client.get(place).status_code == 404

    person.read(client.get(person.url))
    upload(person, OTHER, internal_note=f"{name} 同")  # an edit of its own file, whose words name the other
    assert client.get(place).status_code == 404
    assert client.get(f"/admin/pilots/document/pdf/{hashlib.sha256(OTHER).hexdigest()}.pdf").status_code == 200


@pytest.mark.once
def test_earlier_file_of_a_document_is_restored(client, document):
    person = Person(client, official("张"), form_of(document))
    upload(person, ONE)
    person.read(client.get(person.url))
    person.types(**{"pdf-clear": "on"}).saves()
    assert document_pdf(document) == ""

    person.read(client.get(person.url))
    person.types(pdf=f"{SUM}-{len(ONE)}").saves()

    assert document_pdf(document) == f"{SUM}-{len(ONE)}"


def test_file_comes_with_a_new_document(client, document):
    area = document.region
    person = Person(client, official("张"), f"/admin/pilots/document/add/?region={area.pk}&back=1")
    person.types(region=str(area.pk), position="91", title="某地又一方案", kind="plan", relation="same_topic")

    upload(person, ONE, verification="verified", source="某市政府，2019年4月")

    assert person.is_saved, LexborHTMLParser(person.text).css_first(".errornote").text()
    assert Document.objects.get(region=area, position=91).pdf == f"{SUM}-{len(ONE)}"


def test_new_document_is_asked_for_little_and_takes_the_last_place_of_its_area(client, document):
    make.overwrite(Document.objects.filter(pk=document.pk), position=95)
    person = Person(client, official("张"), f"/admin/pilots/document/add/?region={document.region_id}&back=1")
    asked = person.posted.keys() - {"opened", "opened_by", "pdf"}

    assert "核实以前读者看不到" in person.text
    person.types(title="某地又一方案", kind="plan", relation="same_topic").saves()

    assert {"position", "verification", "internal_note"}.isdisjoint(asked)
    assert person.is_saved
    row = Document.objects.get(title="某地又一方案")
    assert (row.position, row.verification) == (96, "unverified")
    assert row.title in client.get("/admin/").text


@pytest.mark.once
def test_two_people_keep_what_each_changed_and_one_file_is_not_lost_for_another(document):
    one, other = (Person(Client(), official(name), form_of(document)) for name in "张李")
    upload(one, ONE)

    upload(other, OTHER, internal_note="原件在市政府网站")

    assert not other.is_saved
    assert f"SHA-256 {SUM}" in other.text  # what the colleague brought
    other.saves()
    assert other.is_saved
    third = Person(Client(), official("王"), form_of(document))
    third.types(internal_note="").saves()
    assert third.is_saved
    assert document_pdf(document).startswith(hashlib.sha256(OTHER).hexdigest())


@pytest.mark.once
def test_replaced_and_dropped_files_stay_for_the_history(client, document):
    person = Person(client, official("张"), form_of(document))
    upload(person, ONE)
    person.read(client.get(person.url))
    upload(person, OTHER)
    person.read(client.get(person.url))

    person.types(**{"pdf-clear": "on"}).saves()

    assert document_pdf(document) == ""
    entries = HistoryEntry.objects.get_for_model(Document).filter(object_id=document.pk).order_by("pk")
    assert [kind for kind, _ in pieces(*(entries[2].changed_lines[0][side] for side in ("before", "after")))] == [
        "del",
        "ins",
    ]
    words = [entry.changed_lines[0]["after"].rpartition(" ")[2][:64] for entry in entries]
    assert words[1:] == [SUM, hashlib.sha256(OTHER).hexdigest(), ""]
    assert attachments.in_use() >= {f"{SUM}-{len(ONE)}"}
    assert client.get(f"/admin/pilots/document/pdf/{SUM}.pdf").getvalue() == ONE
    assert Client().get(ADDRESS).status_code == 404


@pytest.mark.once
def test_proposal_carries_its_file_to_who_answers(document):
    ministry = make.make_official("部", "部委编辑")
    person = Person(Client(), make.make_official("辽", "省级编辑", "liaoning"), form_of(document))

    upload(person, ONE)

    proposal = Proposal.objects.get()
    assert document_pdf(document) == ""
    assert SUM in str(proposal.lines)
    reviewer = Client()
    reviewer.force_login(ministry)
    assert reviewer.get(f"/admin/pilots/document/pdf/{SUM}.pdf").getvalue() == ONE
    page = f"/admin/pilots/proposal/{proposal.pk}/change/"
    assert f"/admin/pilots/document/pdf/{SUM}.pdf" in reviewer.get(page).text
    reviewer.post(page, {"_replay": "1"})
    assert document_pdf(document) == f"{SUM}-{len(ONE)}"

    person.read(person.client.get(person.url))
    person.types(**{"pdf-clear": "on"}).saves()
    assert document_pdf(document) == f"{SUM}-{len(ONE)}"
    reviewer.post(f"/admin/pilots/proposal/{Proposal.objects.first().pk}/change/", {"_replay": "1"})
    assert document_pdf(document) == ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("role", "units", "status"),
    [
        ("部委编辑", (), 200),
        ("只读", (), 200),
        ("省级编辑", ("liaoning",), 200),
        ("省级编辑", ("beijing",), 404),
        ("管理员", (), 403),
        ("安全审计", (), 403),
        ("", (), 302),
    ],
)
def test_who_may_see_the_record_gets_its_file(client, document, role, units, status):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored(), verification="unverified")
    if role:
        client.force_login(make.make_official("某", role, *units))

    assert client.get(f"/admin/pilots/document/pdf/{SUM}.pdf").status_code == status
    assert Client().get(ADDRESS).status_code == 404


@pytest.mark.once
@pytest.mark.parametrize(("role", "units"), [("省级编辑", ("beijing",)), ("只读", ()), ("管理员", ())])
def test_who_may_not_write_brings_no_file(client, storage, document, role, units):
    client.force_login(make.make_official("某", role, *units))

    answer = client.post(form_of(document), {"pdf-file": SimpleUploadedFile("a.pdf", ONE)})

    assert answer.status_code in (302, 403, 410)
    assert not storage.exists()


def test_table_leaves_files_as_they_are(client, document):
    make.overwrite(Document.objects.filter(pk=document.pk), pdf=stored())
    client.force_login(official("张"))
    address = f"/admin/pilots/document/import/?region={document.region_id}"

    answer = client.post(address, {"table": f"次序\tPDF文件\n{document.position}\t{'0' * 64}-9"})

    assert "“PDF文件”不能用表格更改" in answer.text


def test_facets_count_a_document_that_has_a_file_alone(client):
    area = Region.objects.exclude(documents__relation="direct").first()
    make.make_document(region=area, relation="direct", finding="写到先行示范区。", source="某", pdf=stored())

    assert area.name in client.get("/regions/?after=direct").text
