"""Events and raw versions only ever grow: the database refuses to change or delete them."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE ON mdm_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER versions_only_grow BEFORE UPDATE OR DELETE ON mdm_sourcerecordversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

BACKWARDS = """
DROP TRIGGER events_only_grow ON mdm_event;
DROP TRIGGER versions_only_grow ON mdm_sourcerecordversion;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("mdm", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
