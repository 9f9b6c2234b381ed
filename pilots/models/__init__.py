"""What the things are, and the questions that they answer."""

from .accounts import AccountRequest, CachedValue, Draft, EventKind, FormerPassword, Official, SecurityEvent, SignIn
from .divisions import Alias, Division
from .documents import Document, DocumentKind, DocumentRelation
from .evidence import EVIDENCE, Indicator, Mechanism, Project
from .history import Edit, HistoryEntry, editing
from .ministries import Ministry
from .notice import Citation, Notice, Section, SectionKind, Signature, is_drafted
from .places import Region, Verification, in_provinces
from .priorities import Priority, System, Topic
from .proposals import Proposal
from .provinces import Place, Province, ProvinceKind, RegionKind
from .publishing import whole_record, with_drafts
from .reports import Progress, Report, ReportLine, ReportPeriod, ReportState
from .search import SearchChange, SearchEntry, Term
from .tracking import together, unrecorded
from .upkeep import FormerAddress, LoadedRow
from .work_queue import DivisionToVerify, DocumentToVerify, MinistryToVerify, PriorityToVerify, RegionToVerify

__all__ = [
    "EVIDENCE",
    "AccountRequest",
    "Alias",
    "CachedValue",
    "Citation",
    "Division",
    "DivisionToVerify",
    "Document",
    "DocumentKind",
    "DocumentRelation",
    "DocumentToVerify",
    "Draft",
    "Edit",
    "EventKind",
    "FormerAddress",
    "FormerPassword",
    "HistoryEntry",
    "Indicator",
    "LoadedRow",
    "Mechanism",
    "Ministry",
    "MinistryToVerify",
    "Notice",
    "Official",
    "Place",
    "Priority",
    "PriorityToVerify",
    "Progress",
    "Project",
    "Proposal",
    "Province",
    "ProvinceKind",
    "Region",
    "RegionKind",
    "RegionToVerify",
    "Report",
    "ReportLine",
    "ReportPeriod",
    "ReportState",
    "SearchChange",
    "SearchEntry",
    "Section",
    "SectionKind",
    "SecurityEvent",
    "SignIn",
    "Signature",
    "System",
    "Term",
    "Topic",
    "Verification",
    "editing",
    "in_provinces",
    "is_drafted",
    "together",
    "unrecorded",
    "whole_record",
    "with_drafts",
]
