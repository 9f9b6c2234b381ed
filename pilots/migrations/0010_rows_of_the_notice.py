from django.core.management import CommandError
from django.db import migrations, models
from django.db.models import Q

LINES = ("section", "citation", "signature", "priority", "region")
WITH_RENAMING = Q(renamed_on=None) | Q(renaming__regex=r"\S")
WITH_SOURCE = ~Q(name_now_status="verified") | Q(renaming="") | Q(renaming_source__regex=r"\S")


def refuse(apps, schema_editor):
    """Name the rows that break a new rule: what an official wrote is for officials to mend, with the last version."""
    Region = apps.get_model("pilots", "Region")
    slugs = Region.objects.exclude(WITH_RENAMING & WITH_SOURCE).order_by("slug").values_list("slug", flat=True)
    if slugs:
        raise CommandError(
            f"先行示范地区 {'、'.join(slugs)} 有更名批准日期而没有更名情况，或有已核实的更名而没有出处："
            "请用上一版网站补齐，或把现名改为未核实，再升级。"
        )


def mark_added(apps, schema_editor):
    """Rows of a loaded notice that were not loaded with it were added on this site."""
    Loaded = apps.get_model("pilots", "LoadedRow")
    notices = Loaded.objects.filter(model="notice").exclude(object_id=None).values("object_id")
    for name in LINES:
        path = "region__notice__in" if name == "priority" else "notice__in"
        loaded = Loaded.objects.filter(model=name).exclude(object_id=None).values("object_id")
        rows = apps.get_model("pilots", name).objects.filter(**{path: notices}).exclude(pk__in=loaded)
        rows.update(is_issued=False)


def is_issued(name):
    field = models.BooleanField(
        default=True, editable=False, help_text="否：通知原文没有这一行，由本站增补。", verbose_name="通知原有"
    )
    return migrations.AddField(model_name=name, name="is_issued", field=field)


class Migration(migrations.Migration):
    dependencies = [("pilots", "0009_classification_basis")]

    operations = [
        migrations.RunPython(refuse, migrations.RunPython.noop),
        *map(is_issued, LINES),
        migrations.RunPython(mark_added, migrations.RunPython.noop),
        migrations.AddConstraint(
            "region",
            models.CheckConstraint(
                condition=WITH_RENAMING,
                name="region_renamed_on_with_renaming",
                violation_error_message="有更名批准日期的，须写明更名情况。",
            ),
        ),
        migrations.AddConstraint(
            "region",
            models.CheckConstraint(
                condition=WITH_SOURCE,
                name="region_verified_renaming_has_source",
                violation_error_message="已核实的更名须写明出处。",
            ),
        ),
    ]
