"""What came after the notice."""

from typing import Any

from rest_framework import serializers

from ...models import Document, Indicator, Mechanism, Project
from ...models.evidence import BINDING, STAGES, Evidence
from .members import Address, RegionReferenceSerializer, Thing, moment_of_correction, words_for


class DocumentSerializer(Thing):
    """通知之后的一份公开文件或报道，本站整理，不是对结果的评价。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    url = Address()
    kind_label = words_for("kind", "种类名称")
    relation_label = words_for("relation", "关系名称")
    pdf = serializers.SerializerMethodField(label="PDF文件", help_text="下载的网址；没有的为空。")
    pdf_bytes = serializers.IntegerField(read_only=True, label="PDF的字节数")
    pdf_sha256 = serializers.CharField(read_only=True, label="PDF的SHA-256")
    modified_at = moment_of_correction()

    model = Document
    members = (
        *("region", "position", "url", "title", "about_titles", "number", "issuer", "issued", "published"),
        *("kind", "kind_label", "relation", "relation_label", "duties", "priorities"),
        *("finding", "is_reprint", "source"),
        *("pdf", "pdf_bytes", "pdf_sha256", "modified_at"),
    )

    def get_pdf(self, document: Document) -> str:
        """The address of the file."""
        return self.context["request"].build_absolute_uri(document.pdf_url) if document.pdf else ""


class DocumentReferenceSerializer(serializers.Serializer):
    """所出自的后续文件：次序、题名、网址。"""

    position = serializers.IntegerField(read_only=True, label="次序")
    title = serializers.CharField(read_only=True, label="题名")
    url = Address()


class StatementSerializer(Thing):
    """后续文件写到的一项，照文件所写。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    document = DocumentReferenceSerializer(read_only=True, label="出自")
    modified_at = moment_of_correction()

    model: Any = Evidence


class IndicatorSerializer(StatementSerializer):
    """后续文件里的一项指标，照文件所写，不是考核结果。"""

    binding = serializers.ChoiceField(BINDING, read_only=True, allow_blank=True, label="性质")
    binding_label = words_for("binding", "性质名称")

    model = Indicator
    members = ("region", "position", *Indicator.facts[1:], "binding_label", "modified_at")


class MechanismSerializer(StatementSerializer):
    """后续文件写到的一个协调机制。"""

    model = Mechanism
    members = ("region", "position", *Mechanism.facts[1:], "modified_at")


class ProjectSerializer(StatementSerializer):
    """后续文件写到的一个重点项目。"""

    stage = serializers.ChoiceField(STAGES, read_only=True, allow_blank=True, label="阶段")
    stage_label = words_for("stage", "阶段名称")

    model = Project
    members = ("region", "position", *Project.facts[1:], "stage_label", "modified_at")
