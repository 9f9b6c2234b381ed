"""Lines of areas with their divisions, and what this site files them under."""

from rest_framework import serializers

from ...models import Division, Priority, System, Topic
from .members import (
    Address,
    IsCorrected,
    IssuedNumber,
    IssuedWords,
    ReferenceSerializer,
    RegionReferenceSerializer,
    Thing,
    moment_of_correction,
    words_for,
)


class DivisionSerializer(Thing):
    """地区是、包括或位于的行政区划：印发时和现在的名称、代码。只给已核实的和通行的说法。"""

    role_label = words_for("role", "与地区的关系")

    model = Division
    members = (
        "position",
        "role",
        "role_label",
        "name_then",
        "code_then",
        "name_now",
        "code_now",
        "remark",
        "verification",
    )


class LineSerializer(Thing):
    """地区的一项制度创新重点。number、text、text_raw 出自通知，其余为本站归类。"""

    url = Address()
    system = ReferenceSerializer(read_only=True, label="制度", help_text="本站归类。")
    also_systems = ReferenceSerializer(many=True, read_only=True, label="也涉及的制度", help_text="本站归类。")
    topics = ReferenceSerializer(many=True, read_only=True, label="主题", help_text="本站归类，一至三个。")
    is_corrected = IsCorrected()
    number_issued = IssuedNumber("number")
    text_issued = IssuedWords("text")
    text_raw_issued = IssuedWords("text_raw")

    model = Priority
    members = (
        "number",
        "url",
        "text",
        "text_raw",
        "system",
        "also_systems",
        "topics",
        "confidence",
        "is_corrected",
        "number_issued",
        "text_issued",
        "text_raw_issued",
        "is_issued",
    )


class PrioritySerializer(LineSerializer):
    """一项制度创新重点和它的地区。number、text、text_raw 出自通知，其余为本站归类。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    modified_at = moment_of_correction()

    members = ("region", *LineSerializer.members, "modified_at")


class QuoteSerializer(Thing):
    """一个主题或制度下的一项重点，通知原文。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    serial = serializers.IntegerField(source="region.serial", read_only=True, label="地区的序号")
    divisions = DivisionSerializer(
        source="region.shown_divisions",
        many=True,
        read_only=True,
        label="地区的行政区划",
        help_text="当时和现在的代码。",
    )
    url = Address()
    system = ReferenceSerializer(read_only=True, label="制度", help_text="本站归类。")
    is_corrected = IsCorrected()
    serial_issued = IssuedNumber("serial", source="region")
    number_issued = IssuedNumber("number")
    text_issued = IssuedWords("text")

    model = Priority
    members = (
        "region",
        "serial",
        "serial_issued",
        "divisions",
        "number",
        "url",
        "text",
        "system",
        "is_issued",
        "is_corrected",
        "number_issued",
        "text_issued",
    )


class TopicSerializer(Thing):
    """重点中反复出现的一个主题：本站归类。"""

    url = Address()
    priority_count = serializers.IntegerField(
        read_only=True, label="重点数", help_text="本站现公开的重点，含本站增补的。"
    )
    issued_count = serializers.IntegerField(
        read_only=True, label="通知原有的重点数", help_text="其中通知原有的，不计本站增补的。"
    )
    region_count = serializers.IntegerField(
        read_only=True, label="地区数", help_text="有这些重点的地区，含本站增补的。"
    )
    modified_at = moment_of_correction()

    model = Topic
    members = (
        "slug",
        "url",
        "name",
        "name_en",
        "name_en_source",
        "position",
        "priority_count",
        "issued_count",
        "region_count",
        "modified_at",
    )


class TopicDetailSerializer(TopicSerializer):
    """一个主题（本站归类）和归入它的重点，各地区的原文。"""

    priorities = QuoteSerializer(many=True, read_only=True, label="归入的重点")

    members = (*TopicSerializer.members, "definition", "definition_source", "priorities")
    if_verified = ("definition",)


class SystemSerializer(TopicSerializer):
    """《生态文明体制改革总体方案》的一项制度，或“其他”：本站归类。"""

    model = System
    members = (*TopicSerializer.members, "short_name", "is_other")


class SystemDetailSerializer(SystemSerializer):
    """一项制度（本站归类）和主要归入它的重点，各地区的原文。"""

    priorities = QuoteSerializer(many=True, read_only=True, label="主要归入的重点")

    members = (*SystemSerializer.members, "priorities")
