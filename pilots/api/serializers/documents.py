"""What came after the notice."""

from ...models import Document
from .members import Address, RegionReferenceSerializer, Thing, moment_of_correction, words_for


class DocumentSerializer(Thing):
    """通知之后的一份公开文件或报道，本站整理，不是对结果的评价。"""

    region = RegionReferenceSerializer(read_only=True, label="先行示范地区")
    url = Address()
    kind_label = words_for("kind", "种类名称")
    relation_label = words_for("relation", "关系名称")
    modified_at = moment_of_correction()

    model = Document
    members = (
        *("region", "position", "url", "title", "about_titles", "number", "issuer", "issued", "published"),
        *("kind", "kind_label", "relation", "relation_label", "duties", "finding", "is_reprint", "source"),
        "modified_at",
    )
