from django.db import migrations, models


def empty(apps, schema_editor):
    """Search entries no longer say a kind without a source: they are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("pilots", "0017_issued_numbers_found")]

    operations = [
        migrations.AlterField(
            model_name="region",
            name="is_kind_verified",
            field=models.BooleanField(default=False, verbose_name="类型已核实"),
        ),
        migrations.AlterField(
            model_name="region",
            name="kind_source",
            field=models.TextField(
                blank=True,
                help_text="公开网址、文号或数据集（写明版本），一行一个。",
                verbose_name="类型的出处",
            ),
        ),
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
