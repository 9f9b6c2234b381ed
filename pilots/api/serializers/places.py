"""Areas, and the province-level units."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ...models import Province, Region, RegionKind
from .members import (
    Address,
    IsCorrected,
    IssuedNumber,
    IssuedWords,
    NoticeReferenceSerializer,
    ReferenceSerializer,
    RegionReferenceSerializer,
    Thing,
    moment_of_correction,
    words_for,
)
from .priorities import DivisionSerializer, LineSerializer


class RegionSerializer(Thing):
    """一个先行示范地区。serial、name、name_raw 和重点的文字出自通知；类型、归类、现名和区划为本站整理。"""

    url = Address()
    notice = NoticeReferenceSerializer(read_only=True, label="通知")
    kind = serializers.ChoiceField(
        RegionKind.choices, read_only=True, allow_blank=True, label="类型", help_text="本站归类，没有核实的为空。"
    )
    kind_label = words_for("kind", "类型名称")
    province = ReferenceSerializer(read_only=True, label="首列的省级单位", help_text="最具体的一级。")
    provinces = ReferenceSerializer(
        many=True, read_only=True, label="所在省级单位", help_text="全部，首列的在前；跨省地区不止一个。"
    )
    open_points = serializers.CharField(read_only=True, label="通知未列明", help_text="依据是通知原文。")
    renamed_precision = serializers.ChoiceField(
        [("month", "月"), ("year", "年")],
        read_only=True,
        allow_blank=True,
        label="更名日期精确到",
        help_text="日为空。",
    )
    divisions = DivisionSerializer(source="shown_divisions", many=True, read_only=True, label="行政区划")
    priorities = LineSerializer(many=True, read_only=True, label="制度创新重点")
    modified_at = moment_of_correction()
    is_kind_verified = serializers.BooleanField(source="verified_kind", label="类型已核实", read_only=True)
    is_corrected = IsCorrected()
    serial_issued = IssuedNumber("serial")
    name_issued = IssuedWords("name")
    name_raw_issued = IssuedWords("name_raw")

    model = Region
    members = (
        "slug",
        "url",
        "notice",
        "serial",
        "name",
        "name_raw",
        "is_issued",
        "short_name",
        "name_en",
        "name_en_source",
        "pinyin",
        "kind",
        "kind_label",
        "is_kind_verified",
        "kind_source",
        "province",
        "provinces",
        "name_now",
        "name_now_status",
        "renamed_on",
        "renamed_precision",
        "renaming",
        "renaming_source",
        "open_points",
        "remark",
        "remark_source",
        "divisions",
        "priorities",
        "modified_at",
        "is_corrected",
        "serial_issued",
        "name_issued",
        "name_raw_issued",
    )
    if_verified = (
        "kind",
        "kind_label",
        "kind_source",
        "name_now",
        "renamed_on",
        "renamed_precision",
        "renaming",
        "renaming_source",
        "remark",
        "remark_source",
    )


class DeletionSerializer(Thing):
    """一个已撤下的先行示范地区：名称、地址，何时、为何撤下。"""

    url = Address()
    is_corrected = IsCorrected("name")
    name_issued = IssuedWords("name")

    model = Region
    members = (
        "slug",
        "name",
        "url",
        "withdrawn_on",
        "withdrawn_reason",
        "is_corrected",
        "name_issued",
    )


class WithdrawnSerializer(DeletionSerializer):
    """一个已撤下的先行示范地区：何时、为何撤下，和通知附件中的这一行。"""

    is_corrected = IsCorrected("serial", "name")
    serial_issued = IssuedNumber("serial")
    annex_url = serializers.SerializerMethodField(
        label="通知附件中的这一行", help_text="通知原文不因撤下而改。本站增补的地区没有。"
    )

    members = ("serial", *DeletionSerializer.members, "serial_issued", "annex_url")

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_annex_url(self, region: Region) -> str | None:
        return self.context["request"].build_absolute_uri(region.annex_url) if region.annex_url else None


class ProvinceSerializer(Thing):
    """一个省级单位、计划单列市或新疆生产建设兵团。"""

    url = Address()
    kind_label = words_for("kind", "类别名称")
    parent = ReferenceSerializer(
        read_only=True, allow_null=True, label="所在省级单位", help_text="省级单位自身为 null。"
    )
    children = ReferenceSerializer(many=True, read_only=True, label="其中单列的单位")
    is_addressed = serializers.BooleanField(read_only=True, label="列入通知主送机关")
    regions = serializers.SerializerMethodField(
        label="先行示范地区", help_text="包括其中单列单位的和跨省的；跨省地区在各省分别列出。"
    )
    modified_at = moment_of_correction()

    model = Province
    members = (
        "slug",
        "url",
        "name",
        "short_name",
        "name_en",
        "name_en_source",
        "abbreviation",
        "other_abbreviations",
        "kind",
        "kind_label",
        "code",
        "pinyin",
        "parent",
        "children",
        "is_addressed",
        "addressed_position",
        "regions",
        "modified_at",
    )

    @extend_schema_field(RegionReferenceSerializer(many=True))
    def get_regions(self, province: Province) -> Any:
        areas = self.context["areas"](province)
        return RegionReferenceSerializer(areas, many=True, context=self.context).data
