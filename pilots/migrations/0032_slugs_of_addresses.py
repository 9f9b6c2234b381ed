from django.core.management import CommandError
from django.db import migrations, models

PATTERN = r"^[-a-zA-Z0-9_]*\Z"
FIELDS = {
    "notice": ("slug", "地址名"),
    "section": ("anchor", "锚点"),
    "province": ("slug", "地址名"),
    "region": ("slug", "地址名"),
    "system": ("slug", "地址名"),
    "topic": ("slug", "地址名"),
    "ministry": ("slug", "地址名"),
    "proposal": ("code", "查询码"),
}


def refuse(apps, schema_editor):
    """Name the rows that no address leads to: what they were called is for whoever wrote them to say."""
    for name, (field, label) in FIELDS.items():
        model = apps.get_model("pilots", name)
        if values := list(model.objects.exclude(**{f"{field}__regex": PATTERN}).values_list(field, flat=True)):
            raise CommandError(
                f"{model._meta.verbose_name}的{label}“{'、'.join(values)}”不能用在网址里：只能有拉丁字母、数字、“-”和“_”。"
                "请先在数据库里改正，再升级。"
            )


def rule(name, field, label):
    return migrations.AddConstraint(
        name,
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__regex": PATTERN}),
            name=f"{name}_{field}_fits_addresses",
            violation_error_message=f"{label}只能有拉丁字母、数字、“-”和“_”。",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("pilots", "0031_drafts")]

    operations = [
        migrations.RunPython(refuse, migrations.RunPython.noop),
        *(rule(name, *of) for name, of in FIELDS.items()),
    ]
