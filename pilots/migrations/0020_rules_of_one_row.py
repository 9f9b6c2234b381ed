import hashlib
import json

from django.db import migrations, models
from django.db.models import F, Q

ANOTHER_NAME = ~Q(name_now_status="verified") | Q(renaming="") | ~Q(name_now=F("name"))
KIND_SOURCE = Q(is_kind_verified=False) | Q(kind_source__regex=r"\S")
NOT_ITSELF = (
    ~Q(verification__in=["verified", "customary"])
    | Q(code_now="")
    | ~Q(name_now=F("name_then"))
    | ~Q(code_then="")
)
RULES = (
    ("region", ANOTHER_NAME, "name_now_status", "unverified"),
    ("region", KIND_SOURCE, "is_kind_verified", False),
    ("division", NOT_ITSELF, "verification", "unverified"),
)


def convert(apps, schema_editor):
    """What breaks a new rule is no longer said to be verified; every word stays.

    A row that is as it was loaded stays so: the next load gives it its source.
    """
    for name, rule, field, value in RULES:
        rows = apps.get_model("pilots", name).objects.exclude(rule)
        was = dict(rows.values_list("pk", field))
        marks = apps.get_model("pilots", "LoadedRow").objects.filter(model=name, object_id__in=was)
        for mark in marks:
            if mark.hashes.get(field) == hashed(was[mark.object_id]):
                mark.hashes[field] = hashed(value)
                mark.save()
        rows.filter(pk__in=was).update(**{field: value})
    apps.get_model("pilots", "SearchEntry").objects.all().delete()  # they are written again after migrating
    schema_editor.connection.check_constraints()  # PostgreSQL alters no table while a check of its rows is put off


def hashed(value):
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


class Migration(migrations.Migration):
    dependencies = [("pilots", "0019_remarks_with_a_source")]

    operations = [
        migrations.RunPython(convert, migrations.RunPython.noop),
        migrations.AddConstraint(
            "region",
            models.CheckConstraint(
                condition=ANOTHER_NAME,
                name="region_verified_renaming_is_to_another_name",
                violation_error_message="现名与地区名称相同，没有更名：请改正现名，或清空更名情况。",
            ),
        ),
        migrations.AddConstraint(
            "region",
            models.CheckConstraint(
                condition=KIND_SOURCE,
                name="region_verified_kind_has_source",
                violation_error_message="已核实的类型须写明出处；还没有出处的，请改为未核实。",
            ),
        ),
        migrations.AddConstraint(
            "division",
            models.CheckConstraint(
                condition=NOT_ITSELF,
                name="division_is_not_now_itself",
                violation_error_message="现名与印发时相同，不能说“现为”它自己：请补上印发时代码，或改为未核实。",
            ),
        ),
    ]
