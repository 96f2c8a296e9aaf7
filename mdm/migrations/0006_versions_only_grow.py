"""What golden records said only ever grows: the database refuses to change or delete it."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER golden_versions_only_grow BEFORE UPDATE OR DELETE ON mdm_goldenrecordversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

BACKWARDS = "DROP TRIGGER golden_versions_only_grow ON mdm_goldenrecordversion;"


class Migration(migrations.Migration):
    dependencies = [("mdm", "0005_facts_of_survival")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
