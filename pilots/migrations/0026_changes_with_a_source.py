from django.core.management import CommandError
from django.db import migrations, models
from django.db.models import F, Q

WITH_SOURCE = Q(change="", successor=F("name")) | Q(change_source__regex=r"\S")


def refuse(apps, schema_editor):
    """Name the rows that break the new rule: nobody but officials can say where their words come from."""
    rows = apps.get_model("pilots", "Ministry").objects.exclude(WITH_SOURCE).order_by("position")
    if names := list(rows.values_list("name", flat=True)):
        raise CommandError(f"发文机关 {'、'.join(names)} 2018年的变化没有出处：请用上一版网站补齐，再升级。")


def empty(apps, schema_editor):
    """Ministries are found as they signed: entries are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("pilots", "0025_edits")]

    operations = [
        migrations.RunPython(refuse, migrations.RunPython.noop),
        migrations.AddConstraint(
            "ministry",
            models.CheckConstraint(
                condition=WITH_SOURCE,
                name="ministry_change_has_source",
                violation_error_message="2018年的变化须写明出处。",
            ),
        ),
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
