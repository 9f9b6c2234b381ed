from django.db import migrations


def empty(apps, schema_editor):
    """Search entries also say what was issued where words were corrected: they are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("pilots", "0007_withdrawn_lines")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
