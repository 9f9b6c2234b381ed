"""What of the record readers may see, and which record each row is a part of."""

from django.db import models

# What readers see a record of, and the field by which other rows belong to one.
SUBJECTS = ("notice", "region", "province", "ministry", "topic", "system")
BELONGS_TO = {
    "section": "notice",
    "citation": "notice",
    "signature": "notice",
    "priority": "region",
    "division": "region",
    "alias": "region",
}
UNITS = {"section": "段", "signature": "位", "priority": "项"}  # of lines that are called by their number
# Aliases and terms only help to find; a former address shows its own reason.
NOT_PUBLIC = {"alias", "term", "formeraddress"}
INTERNAL_FIELDS = {"region": {"internal_note"}, "priority": {"classification_note"}}
KIND = {"kind", "kind_label", "kind_source"}
FULL_NAME = {"full_name", "full_name_source"}
REMARK = {"remark", "remark_source"}
SHOWN_IF_VERIFIED = {"name_now", "renamed_on", "renamed_precision", "renaming", "renaming_source"}


def is_public_field(model: type[models.Model], name: str) -> bool:
    """Return whether readers may ever see field `name` of `model`."""
    kind = model._meta.model_name
    return kind not in NOT_PUBLIC and name not in INTERNAL_FIELDS.get(kind, ())


def is_shown(row: models.Model, name: str) -> bool:
    """Return whether readers see field `name` of `row` now: facts that aren't verified are not shown to them."""
    kind = row._meta.concrete_model._meta.model_name
    if not is_public_field(row._meta.concrete_model, name):
        return False
    if kind == "division":
        return row.is_shown or name == "verification"
    if kind == "region" and name in SHOWN_IF_VERIFIED:
        return row.shows_name_now
    if kind == "region" and name in REMARK:
        return bool(row.shown_remark)
    if kind == "region" and name in KIND:
        return bool(row.verified_kind)
    return kind != "ministry" or name not in FULL_NAME or bool(row.verified_full_name)
