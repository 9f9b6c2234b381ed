"""The notice, its paragraphs, what it cites, and who signed it."""

from typing import Any

from rest_framework import serializers

from ...models import Citation, Ministry, Notice, Section, Signature
from .members import (
    Address,
    IsCorrected,
    IssuedWords,
    NoticeReferenceSerializer,
    ReferenceSerializer,
    RegionReferenceSerializer,
    Thing,
    moment_of_correction,
    words_for,
)
from .places import WithdrawnSerializer


class ParagraphSerializer(Thing):
    """通知的一个段落：text_raw 为所收原文，text 只规范标点和空格。"""

    url = Address()
    kind_label = words_for("kind", "性质名称")
    is_corrected = IsCorrected()
    heading_issued = IssuedWords("heading")
    text_issued = IssuedWords("text")
    text_raw_issued = IssuedWords("text_raw")

    model = Section
    members = (
        "anchor",
        "url",
        "position",
        "kind",
        "kind_label",
        "heading",
        "text",
        "text_raw",
        "is_corrected",
        "heading_issued",
        "text_issued",
        "text_raw_issued",
        "is_issued",
    )


class SectionSerializer(ParagraphSerializer):
    """通知的一个段落和它的通知：text_raw 为所收原文，text 只规范标点和空格。"""

    notice = NoticeReferenceSerializer(read_only=True, label="通知")
    modified_at = moment_of_correction()

    members = ("notice", *ParagraphSerializer.members, "modified_at")


class CitationSerializer(Thing):
    """通知引用的一份文件，照引用处的写法。"""

    anchor = serializers.SlugField(source="section.anchor", read_only=True, label="引用它的段落")
    is_corrected = IsCorrected()
    title_issued = IssuedWords("title")
    number_issued = IssuedWords("number")

    model = Citation
    members = (
        "position",
        "title",
        "number",
        "anchor",
        "is_issued",
        "is_corrected",
        "title_issued",
        "number_issued",
    )


class SignatureSerializer(Thing):
    """通知的一个署名。"""

    ministry = ReferenceSerializer(read_only=True, label="发文机关")
    is_corrected = IsCorrected()
    name_issued = IssuedWords("name")
    name_raw_issued = IssuedWords("name_raw")

    model = Signature
    members = (
        "position",
        "name",
        "name_raw",
        "ministry",
        "is_issued",
        "is_corrected",
        "name_issued",
        "name_raw_issued",
    )


class NoticeSerializer(Thing):
    """一份通知。原文未标注的为空；有效性原文未标注，本站不作判断。"""

    url = Address()
    modified_at = moment_of_correction()
    is_corrected = IsCorrected()
    number_issued = IssuedWords("number")
    title_issued = IssuedWords("title")

    model = Notice
    members = (
        "slug",
        "url",
        "number",
        "title",
        "title_remark",
        "issued_on",
        "published_on",
        "batch",
        "index_number",
        "subject_category",
        "subject_words",
        "catalogue_source",
        "source_remark",
        "searched_on",
        "modified_at",
        "is_corrected",
        "number_issued",
        "title_issued",
    )
    if_verified = (*Notice.CATALOGUE, "catalogue_source")


class NoticeDetailSerializer(NoticeSerializer):
    """一份通知和它的段落、署名、引用文件、附件所列地区。regions 只列本站现公开的，撤下的在 regions_withdrawn。"""

    sections = ParagraphSerializer(many=True, read_only=True, label="段落")
    signatures = SignatureSerializer(many=True, read_only=True, label="署名")
    citations = CitationSerializer(many=True, read_only=True, label="引用文件")
    regions = RegionReferenceSerializer(
        many=True, read_only=True, label="附件所列地区", help_text="只列本站现公开的；撤下的在 regions_withdrawn。"
    )
    regions_withdrawn = WithdrawnSerializer(
        many=True, read_only=True, label="附件所列、已从本站撤下的地区", help_text="通知列入它们，不因撤下而改。"
    )

    members = (
        *NoticeSerializer.members,
        "sections",
        "signatures",
        "citations",
        "regions",
        "regions_withdrawn",
    )


class SignedSerializer(SignatureSerializer):
    """机关署名的一份通知。"""

    ministry: Any = None
    notice = NoticeReferenceSerializer(read_only=True, label="通知")

    members = ("position", "name", "name_raw", "notice", "is_corrected", "name_issued", "name_raw_issued")


class MinistrySerializer(Thing):
    """一个发文机关：当时的名称和写法，2018年机构改革以来的名称（本站整理）。"""

    url = Address()
    signatures = SignedSerializer(many=True, read_only=True, label="署名的通知")
    modified_at = moment_of_correction()
    is_corrected = IsCorrected()
    text_name_issued = IssuedWords("text_name")

    model = Ministry
    members = (
        "slug",
        "url",
        "name",
        "full_name",
        "full_name_source",
        "text_name",
        "name_en",
        "name_en_source",
        "successor",
        "change",
        "change_source",
        "position",
        "signatures",
        "modified_at",
        "is_corrected",
        "text_name_issued",
    )
    if_verified = ("full_name", "full_name_source")
