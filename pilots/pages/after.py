"""What came after the notice, as evidence: of an area, worked out from its documents and from nothing else."""

from collections.abc import Iterable
from typing import Any

from ..models import Document, DocumentKind, DocumentRelation, Notice

# Evidence that is no result of the notice, and the words under which it is folded.
FOLDS = (
    (DocumentRelation.SAME_TOPIC, "同地同题的文件", "份", "没有点名这份通知，不能当作它的成果"),
    (DocumentRelation.SUCCESSOR, "后来的其他项目", "份", "另一个项目，不是这份通知的结果"),
)


def evidence(documents: Iterable[Document], notice: Notice) -> dict[str, Any]:
    """Return what readers are told came of an area: documents that name the notice or pilot (`direct`), those in
    `folds`, each the newest first, and of what the notice asks for what nobody was found to publish (`missing`)."""
    rows = sorted((row for row in documents if row.is_shown), key=lambda row: row.dated, reverse=True)
    printed = f"{notice.issued_on}"
    for row in rows:
        row.is_earlier = bool(row.dated) and row.dated < printed[: len(row.dated)]
    direct = [row for row in rows if row.relation == DocumentRelation.DIRECT]
    answers = [row for row in direct if not row.is_earlier]  # what stood before the notice is no answer to it
    plans = [row for row in answers if row.kind == DocumentKind.PLAN]
    found = {
        "方案": any(not row.about_titles for row in plans),
        "季度进展": any("六" in row.duties for row in answers),
        "年度总结": any("六" in row.duties for row in answers),
        "评价": any(row.kind == DocumentKind.REVIEW for row in answers),
    }
    missing = [
        f"{name}全文" if name == "方案" and plans else name for name, is_there in found.items() if not is_there
    ]
    folds = [(*fold, [row for row in rows if row.relation == fold[0]]) for fold in FOLDS]
    return {"direct": direct, "folds": [fold for fold in folds if fold[-1]], "missing": missing}
