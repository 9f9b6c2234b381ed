from django.db import migrations


def empty(apps, schema_editor):
    """Search entries also say which rows were added on this site: they are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("pilots", "0011_sources_and_precision")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
