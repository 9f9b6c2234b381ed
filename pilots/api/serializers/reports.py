"""What areas reported."""

from rest_framework import serializers

from ...models import Report, ReportLine
from ...models.reports import Progress, ReportPeriod
from .documents import DocumentReferenceSerializer
from .members import RegionReferenceSerializer, Thing, words_for


class ReportLineSerializer(Thing):
    """一项重点的进展，照报送所写。"""

    number = serializers.IntegerField(source="priority.number", read_only=True, label="编号")
    progress = serializers.ChoiceField(Progress.choices, read_only=True, label="进展")
    progress_label = words_for("progress", "进展名称")
    document = DocumentReferenceSerializer(source="shown_document", read_only=True, allow_null=True, label="文件")

    model = ReportLine
    members = ("number", "progress", "progress_label", "text", "document")


class ReportSerializer(Thing):
    """一个地区一期的报送，部委公开的，照报送所写。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    period = serializers.ChoiceField(ReportPeriod.choices, read_only=True, label="报告期")
    period_label = words_for("period", "报告期名称")
    due_on = serializers.DateField(read_only=True, label="报送期限")
    lines = ReportLineSerializer(many=True, read_only=True, label="各项重点")

    model = Report
    members = ("region", "year", "period", "period_label", "due_on", "sent_at", "lines")
