"""What a search finds beside areas, its facets, and what was corrected."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ...models import HistoryEntry, Proposal, SearchEntry
from .members import Address, Thing, words_for


class EntryAddress(Address):
    """The absolute address of what a search entry stands for."""

    def to_representation(self, entry: SearchEntry) -> str:
        return self.context["request"].build_absolute_uri(entry.url)


class ReplySerializer(serializers.Serializer):
    """问题的一句话回答。"""

    kind = serializers.CharField(read_only=True, label="种类", help_text="如 listed、not-listed、within、serial。")
    text = serializers.CharField(read_only=True, label="回答")
    url = serializers.CharField(read_only=True, label="网页", help_text="从哪里看下去；没有的为空。")
    areas = serializers.ListField(
        child=serializers.IntegerField(), read_only=True, label="涉及的地区", help_text="序号。"
    )


class GroupSerializer(serializers.Serializer):
    """一类结果和它的数目。"""

    name = serializers.CharField(read_only=True, label="种类", help_text="如 regions、priorities、themes、sections。")
    label = serializers.CharField(read_only=True, label="名称")
    count = serializers.IntegerField(
        read_only=True, label="数目", help_text="地区和重点受其他条件限制；地区多于100个时，重点只数前100个地区的。"
    )


class ChangedLineSerializer(serializers.Serializer):
    """一处改动：改前、改后，如读者所见。"""

    field = serializers.CharField(read_only=True, label="成员名")
    label = serializers.CharField(read_only=True, label="名称")
    before = serializers.CharField(read_only=True, label="改前")
    after = serializers.CharField(read_only=True, label="改后")


class FoundSerializer(Thing):
    """检索到的或改动所属的一条记录。"""

    name = serializers.CharField(source="title", read_only=True, label="名称")
    kind = serializers.CharField(read_only=True, label="种类")
    kind_label = serializers.CharField(source="kind_name", read_only=True, label="种类名称")
    url = EntryAddress()
    is_corrected = serializers.SerializerMethodField(
        label="名称已更正", help_text="只指名称；别的更正过没有，看记录本身。"
    )
    name_issued = serializers.SerializerMethodField(label="印发原文", help_text="更正过的才有，否则为 null。")

    model = SearchEntry
    members = ("kind", "kind_label", "name", "url", "is_corrected", "name_issued")

    def get_is_corrected(self, entry: SearchEntry) -> bool:
        return bool(entry.issued)

    def get_name_issued(self, entry: SearchEntry) -> str | None:
        return entry.issued or None


class ChangeSerializer(Thing):
    """对一行数据的一次公开更正。从不说明由谁作出。"""

    ACTIONS = {0: "create", 1: "update", 2: "delete"}

    id = serializers.IntegerField(source="pk", read_only=True, label="编号", help_text="定后不改。")
    edit = serializers.CharField(
        source="edit.key", read_only=True, label="同一次修改", help_text="一起作出的更正相同。"
    )
    at = serializers.DateTimeField(source="timestamp", read_only=True, label="时间")
    action = serializers.SerializerMethodField(label="操作", help_text="新增、更正或删除一行。")
    row = serializers.CharField(source="kind_name", read_only=True, label="改动的是什么")
    row_name = serializers.CharField(read_only=True, label="改动的是哪一个；撤下的行只说第几项")
    record = serializers.SerializerMethodField(label="所属记录", help_text="今天已不公开的为 null。")
    reason = serializers.CharField(source="edit.reason", read_only=True, label="更正说明")
    lines = serializers.SerializerMethodField(label="改动")

    model = HistoryEntry
    members = ("id", "edit", "at", "action", "row", "row_name", "record", "reason", "lines")

    @extend_schema_field({"type": "string", "enum": list(ACTIONS.values())})
    def get_action(self, entry: HistoryEntry) -> str:
        return self.ACTIONS[entry.action]

    @extend_schema_field(FoundSerializer(allow_null=True))
    def get_record(self, entry: HistoryEntry) -> dict[str, Any] | None:
        subject = self.context["subjects"].get((entry.edit.subject_kind, entry.edit.subject_id))
        return subject and FoundSerializer(subject, context=self.context).data

    @extend_schema_field(ChangedLineSerializer(many=True))
    def get_lines(self, entry: HistoryEntry) -> Any:
        return ChangedLineSerializer(entry.public_lines, many=True).data


class CorrectionSerializer(Thing):
    """读者的一件纠错和编辑的答复。没有答复的不在这里；读者的称呼和联系方式从不公开。"""

    WORDS = ("wrong", "right", "source")

    number = serializers.SerializerMethodField(label="编号", help_text="如 2026-0012。")
    state_label = words_for("state", "状态名称")
    title = serializers.CharField(read_only=True, label="所指")
    url = serializers.SerializerMethodField(label="网址", help_text="指整个网站的为空。")
    wrong = serializers.CharField(
        read_only=True, allow_null=True, label="哪里错了", help_text="未公开原话的为 null。"
    )
    right = serializers.CharField(
        read_only=True, allow_null=True, label="应当怎样", help_text="未公开原话的为 null。"
    )
    source = serializers.CharField(
        read_only=True, allow_null=True, label="从哪里知道的", help_text="未公开原话的为 null。"
    )
    edit = serializers.CharField(
        source="edit_key", read_only=True, label="由此作出的修改", help_text="即 changes 的 edit。"
    )
    lines = serializers.SerializerMethodField(label="改动")

    model = Proposal
    members = (
        "number",
        "state",
        "state_label",
        "title",
        "url",
        "wrong",
        "right",
        "source",
        "answer",
        "received_at",
        "answered_at",
        "edit",
        "lines",
    )

    def to_representation(self, proposal: Proposal) -> dict[str, Any]:
        data = super().to_representation(proposal)
        return data if proposal.is_quoted else data | {name: None for name in self.WORDS if name in data}

    def get_number(self, proposal: Proposal) -> str:
        return f"{proposal.year}-{proposal.number:04}"

    def get_url(self, proposal: Proposal) -> str:
        place = "" if proposal.is_withdrawn else proposal.place
        return self.context["request"].build_absolute_uri(place) if place else ""

    @extend_schema_field(ChangedLineSerializer(many=True))
    def get_lines(self, proposal: Proposal) -> Any:
        lines = [line for edit in proposal.edits for item in edit.items for line in item.lines.values()]
        rows = [
            {"field": line.name, "label": line.label, "before": line.before, "after": line.after} for line in lines
        ]
        return ChangedLineSerializer(rows, many=True).data


class FacetValueSerializer(serializers.Serializer):
    """分面的一个取值。count 是其他条件和关键词不变、本分面只选它时的结果数。"""

    value = serializers.CharField(read_only=True, label="参数值")
    label = serializers.CharField(read_only=True, label="名称")
    count = serializers.IntegerField(read_only=True, label="地区数")
    is_chosen = serializers.BooleanField(read_only=True, label="已选")
    is_child = serializers.BooleanField(read_only=True, label="在上一个单位之内")


class FacetSerializer(serializers.Serializer):
    """一个分面和它的取值，与地区列表页相同。"""

    name = serializers.CharField(read_only=True, label="参数名")
    label = serializers.CharField(read_only=True, label="名称")
    values = FacetValueSerializer(many=True, read_only=True, label="取值")


class WayOnSerializer(serializers.Serializer):
    """另一次检索：说法，和它的地址。"""

    label = serializers.CharField(read_only=True, label="说法")
    url = serializers.URLField(read_only=True, label="地址")


class RescueSerializer(WayOnSerializer):
    """没有结果时可以去掉的一个条件，和去掉后的结果数。"""

    count = serializers.IntegerField(read_only=True, label="地区数")
