from django.db import migrations, models


def empty(apps, schema_editor):
    """Search entries say no name without a source and another kind: they are written again after migrating."""
    apps.get_model("pilots", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0010_rows_of_the_notice'),
    ]

    operations = [
        migrations.AddField(
            model_name='alias',
            name='source',
            field=models.CharField(blank=True, help_text='公开网址或文号。没有出处的留空：能查到，不公开显示。', max_length=300, verbose_name='出处'),
        ),
        migrations.AddField(
            model_name='region',
            name='kind_source',
            field=models.TextField(blank=True, help_text='公开网址或文号，一行一个。', verbose_name='类型的出处'),
        ),
        migrations.AddField(
            model_name='region',
            name='renamed_precision',
            field=models.CharField(blank=True, choices=[('', '日'), ('month', '月'), ('year', '年')], help_text='出处只写到月或年的，批准日期留空，年月写在更名情况里。', max_length=10, verbose_name='更名日期精确到'),
        ),
        migrations.AlterField(
            model_name='division',
            name='source',
            field=models.TextField(blank=True, help_text='核对过的公开网址、文号或数据集（写明版本），一行一个。', verbose_name='代码的出处'),
        ),
        migrations.AlterField(
            model_name='ministry',
            name='change_source',
            field=models.TextField(help_text='公开网址或文号，一行一个。', verbose_name='变化的出处'),
        ),
        migrations.AlterField(
            model_name='region',
            name='kind',
            field=models.CharField(choices=[('municipal-district', '直辖市市辖区'), ('sub-provincial-city', '副省级市'), ('prefecture-city', '地级市'), ('city-district', '市辖区'), ('county-city', '县级市'), ('county', '县'), ('autonomous-county', '自治县'), ('corps-city', '兵团师市'), ('functional-area', '功能区/开发区/生态区'), ('cross-city-area', '跨市区域'), ('joint-area', '跨行政区联合体')], help_text='本站归类。', max_length=30, verbose_name='类型'),
        ),
        migrations.AlterField(
            model_name='region',
            name='renaming_source',
            field=models.CharField(blank=True, help_text='公开网址或文号。', max_length=300, verbose_name='更名的出处'),
        ),
        migrations.AddConstraint(
            model_name='region',
            constraint=models.CheckConstraint(condition=models.Q(('renamed_precision__in', ['', 'month', 'year'])), name='region_renamed_precision_known', violation_error_message='更名日期精确到不在可选范围内。'),
        ),
        migrations.AddConstraint(
            model_name='region',
            constraint=models.CheckConstraint(condition=models.Q(('renamed_on', None), ('renamed_precision', ''), _connector='OR'), name='region_renamed_on_no_more_exact_than_its_source', violation_error_message='出处只写到月或年的，更名批准日期须留空。'),
        ),
        migrations.RunPython(empty, migrations.RunPython.noop),
    ]
