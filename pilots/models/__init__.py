"""What the things are, and the questions that they answer."""

from .notice import Citation, Ministry, Notice, Section, SectionKind, Signature
from .places import Alias, Division, Province, ProvinceKind, Region, RegionKind, Verification, in_provinces
from .priorities import Priority, System, Topic, with_system, with_topic
from .upkeep import FormerAddress, LoadedRow

__all__ = [
    "Alias",
    "Citation",
    "Division",
    "FormerAddress",
    "LoadedRow",
    "Ministry",
    "Notice",
    "Priority",
    "Province",
    "ProvinceKind",
    "Region",
    "RegionKind",
    "Section",
    "SectionKind",
    "Signature",
    "System",
    "Topic",
    "Verification",
    "in_provinces",
    "with_system",
    "with_topic",
]
