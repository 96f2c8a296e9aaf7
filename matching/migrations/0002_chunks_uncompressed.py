"""Chunks live for minutes: compressing them would take longer than reading them."""

from django.db import migrations

_STORAGE = "ALTER TABLE matching_matchchunk ALTER COLUMN content SET STORAGE {}"


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial")]

    operations = [
        migrations.RunSQL(_STORAGE.format("EXTERNAL"), _STORAGE.format("EXTENDED")),
    ]
