from django.db import migrations


def empty(apps, schema_editor):
    """Search entries also say which numbers aren't as issued: they are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("pilots", "0016_municipal_districts")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
