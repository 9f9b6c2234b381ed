from django.db import migrations


def empty(apps, schema_editor):
    """Cited documents are found, and paragraphs in their words: entries are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ("pilots", "0014_english_names"),
    ]

    operations = [
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
