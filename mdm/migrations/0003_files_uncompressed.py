"""Files and chunks live for minutes: compressing them would take longer than reading them."""

from django.db import migrations

_STORAGE = "ALTER TABLE {} ALTER COLUMN content SET STORAGE {}"


def _stored(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        _STORAGE.format(table, "EXTERNAL"), _STORAGE.format(table, "EXTENDED")
    )


class Migration(migrations.Migration):
    dependencies = [("mdm", "0002_append_only")]

    operations = [_stored("mdm_feedfile"), _stored("mdm_feedchunk")]
