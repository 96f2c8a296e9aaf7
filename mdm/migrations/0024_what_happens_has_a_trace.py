"""Events and work know the trace that they are part of; those from before have none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mdm', '0023_the_api_knows_its_callers'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='trace',
            field=models.BinaryField(help_text='Trace, span and flags (W3C), as mdm.tracing packs them', max_length=25, null=True),
        ),
        migrations.AddField(
            model_name='work',
            name='traceparent',
            field=models.CharField(blank=True, db_default='', default='', max_length=55),
        ),
    ]
