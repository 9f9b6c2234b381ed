"""An edit becomes a row of its own. Every entry of the history stays, with its key, in its order and with its edit."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

TABLE = "pilots_historyentry"
TRIGGERS = [f"{TABLE}_no_{what}" for what in ("update", "delete", "replace", "change")]  # put back after `migrate`


def make_edits(apps, schema_editor):
    """Make the edit of each group of entries: what was written at one go of one record; a lone entry is one."""
    entry_model, edit_model = apps.get_model("pilots", "HistoryEntry"), apps.get_model("pilots", "Edit")
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {TABLE}' if is_postgresql else ''}")
    groups = {}
    for entry in entry_model.objects.order_by("pk").defer("changes", "lines", "serialized_data"):
        key = entry.cid or f"{entry.pk} {entry.timestamp.isoformat()}"
        groups.setdefault((key, entry.subject_kind, entry.subject_id), []).append(entry)
    for (key, kind, pk), entries in sorted(groups.items(), key=lambda group: group[1][-1].pk):
        first, shown = entries[0], [entry for entry in entries if entry.is_public] or entries
        edit = edit_model.objects.create(
            key=key,
            subject_kind=kind,
            subject_id=pk,
            actor_id=first.actor_id,
            remote_addr=first.remote_addr,
            reason=first.reason,
            at=max(entry.timestamp for entry in shown),
        )
        entry_model.objects.filter(pk__in=[entry.pk for entry in entries]).update(edit=edit)
    if is_postgresql:
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the table can't be altered below


class Migration(migrations.Migration):
    dependencies = [
        ("pilots", "0024_numbers_of_documents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, verbose_name="同一次修改")),
                ("subject_kind", models.CharField(blank=True, max_length=20, verbose_name="所属记录的种类")),
                ("subject_id", models.BigIntegerField(verbose_name="所属记录的主键")),
                ("remote_addr", models.GenericIPAddressField(blank=True, null=True, verbose_name="网络地址")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="更正说明")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作者",
                    ),
                ),
            ],
            options={
                "verbose_name": "修改",
                "verbose_name_plural": "修改",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["subject_kind", "subject_id", "-at"], name="edits_of_a_subject"),
                    models.Index(fields=["-at", "-id"], name="edits_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "subject_kind", "subject_id"),
                        name="edit_of_a_record_once",
                        violation_error_message="一次修改在一条记录上只有一行。",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="historyentry",
            name="edit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="pilots.edit",
                verbose_name="修改",
            ),
        ),
        migrations.RunPython(make_edits),
        migrations.AlterField(
            model_name="historyentry",
            name="edit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="pilots.edit",
                verbose_name="修改",
            ),
        ),
        migrations.RemoveIndex(model_name="historyentry", name="history_of_a_subject"),
        migrations.RemoveField(model_name="historyentry", name="actor"),
        migrations.RemoveField(model_name="historyentry", name="cid"),
        migrations.RemoveField(model_name="historyentry", name="reason"),
        migrations.RemoveField(model_name="historyentry", name="remote_addr"),
        migrations.RemoveField(model_name="historyentry", name="subject_id"),
        migrations.RemoveField(model_name="historyentry", name="subject_kind"),
    ]
