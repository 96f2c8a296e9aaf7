"""What was frozen at a close stays as it was: only who certifies it is added."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER frozen_reports_only_grow BEFORE UPDATE OR DELETE ON stewardship_frozenreport
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER closes_only_grow BEFORE DELETE
    OR UPDATE OF id, period, as_of, note, sight, closed_by, closed_at ON stewardship_periodclose
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

BACKWARDS = """
DROP TRIGGER frozen_reports_only_grow ON stewardship_frozenreport;
DROP TRIGGER closes_only_grow ON stewardship_periodclose;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("stewardship", "0008_merges_of_two_people"),
        ("mdm", "0002_append_only"),
    ]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
