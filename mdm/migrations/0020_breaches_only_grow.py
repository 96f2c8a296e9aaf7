"""The ledger of breaches, on which finance reports, only ever grows."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER breaches_only_grow BEFORE UPDATE OR DELETE ON mdm_ownershipbreach
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

BACKWARDS = "DROP TRIGGER breaches_only_grow ON mdm_ownershipbreach"


class Migration(migrations.Migration):
    dependencies = [("mdm", "0019_ownership_is_asked_for")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
