"""The breach ledger has what was refused, too: without a source record and a feed batch."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mdm', '0024_what_happens_has_a_trace'),
    ]

    operations = [
        migrations.AddField(
            model_name='ownershipbreach',
            name='by',
            field=models.CharField(blank=True, db_default='', help_text='Who was refused, as in events', max_length=200),
        ),
        migrations.AlterField(
            model_name='ownershipbreach',
            name='batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='mdm.feedbatch'),
        ),
        migrations.AlterField(
            model_name='ownershipbreach',
            name='before',
            field=models.JSONField(help_text='What was said there before', null=True),
        ),
        migrations.AlterField(
            model_name='ownershipbreach',
            name='golden_id',
            field=models.UUIDField(help_text='Where it was written, or belonged then', null=True),
        ),
        migrations.AlterField(
            model_name='ownershipbreach',
            name='record',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='mdm.sourcerecord'),
        ),
        migrations.AlterField(
            model_name='ownershipbreach',
            name='system',
            field=models.ForeignKey(help_text='Null when a person was refused', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaches', to='mdm.sourcesystem'),
        ),
        migrations.AddConstraint(
            model_name='ownershipbreach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch__isnull', False), ('by', ''), ('record__isnull', False), ('system__isnull', False)), models.Q(('batch', None), ('golden_id__isnull', False), ('outcome', 'reject'), ('record', None), models.Q(('by', ''), _negated=True)), _connector='OR'), name='a_breach_was_sent_or_refused'),
        ),
    ]
