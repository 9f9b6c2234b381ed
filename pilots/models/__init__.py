"""What the things are, and the questions that they answer."""

from .divisions import Alias, Division
from .finding import SearchChange, SearchEntry, Term
from .gazetteer import Place
from .history import HistoryEntry, editing
from .notice import Citation, Ministry, Notice, Section, SectionKind, Signature
from .people import CachedValue, FormerPassword, Official
from .places import Province, ProvinceKind, Region, RegionKind, Verification, in_provinces
from .priorities import Priority, System, Topic
from .queue import DivisionToVerify, MinistryToVerify, PriorityToVerify, RegionToVerify
from .tracking import together
from .upkeep import FormerAddress, LoadedRow
from .withdrawal import whole_record

__all__ = [
    "Alias",
    "CachedValue",
    "Citation",
    "Division",
    "DivisionToVerify",
    "FormerAddress",
    "FormerPassword",
    "HistoryEntry",
    "LoadedRow",
    "Ministry",
    "MinistryToVerify",
    "Notice",
    "Official",
    "Place",
    "Priority",
    "PriorityToVerify",
    "Province",
    "ProvinceKind",
    "Region",
    "RegionKind",
    "RegionToVerify",
    "SearchChange",
    "SearchEntry",
    "Section",
    "SectionKind",
    "Signature",
    "System",
    "Term",
    "Topic",
    "Verification",
    "editing",
    "in_provinces",
    "together",
    "whole_record",
]
