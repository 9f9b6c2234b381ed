"""The fixtures: which file holds which model, how a row of one is named, and what the last load of it wrote."""

import hashlib
import json
from pathlib import Path
from typing import Any

from .divisions import Alias, Division
from .documents import Document
from .evidence import Indicator, Mechanism, Project
from .ministries import Ministry
from .notice import Citation, Notice, Section, Signature
from .places import Region
from .priorities import Priority, System, Topic
from .provinces import Province
from .search import Term
from .tracking import Tracked

# In dependency order: the model, and its fixture's file name.
FIXTURES: dict[type[Tracked], str] = {
    Notice: "notices",
    Section: "sections",
    Citation: "citations",
    Ministry: "ministries",
    Signature: "signatures",
    Province: "provinces",
    System: "systems",
    Topic: "topics",
    Term: "terms",
    Region: "regions",
    Alias: "aliases",
    Division: "divisions",
    Priority: "priorities",
    Document: "documents",
    Indicator: "indicators",
    Mechanism: "mechanisms",
    Project: "projects",
}


KEPT = "kept "  # before the name of a field: the hash of what a later fixture has where an edit was kept


class LoadError(Exception):
    """The fixtures can't be loaded; the message says why, in Chinese. Nothing was written."""


def read(path: Path) -> list[dict[str, Any]]:
    """Return the fields of every row of a fixture; raise LoadError where it can't be read."""
    try:
        return [row["fields"] for row in json.loads(path.read_text(encoding="utf-8"))]
    except OSError as error:
        raise LoadError(f"读不到数据文件 {path}：{error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError(f"数据文件 {path} 不是所需的 JSON：{error}") from error


def natural(model: type[Tracked], fields: dict[str, Any]) -> str:
    """Return the natural key of a fixture's row as `LoadedRow` keeps it; raise LoadError where a part is missing."""
    try:
        values = [fields[name] for name in model.key_fields]
        return as_key([part for value in values for part in (value if isinstance(value, list) else [value])])
    except (KeyError, TypeError) as error:
        raise LoadError(f"{model._meta.verbose_name} 有一行缺少自然键 {error}") from error


def as_key(key: list[Any]) -> str:
    return json.dumps(key, ensure_ascii=False)


_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode  # dumps() would make one for each value


def hashed(value: Any) -> str:
    return hashlib.sha256(_as_json(value).encode()).hexdigest()[:16]
