"""Events get positions in the order in which others follow them, once they are committed."""

import django.db.models.deletion
from django.db import migrations, models

# The table of events tells by itself what is new: nobody who writes events can forget to.
FORWARDS = """
CREATE FUNCTION note_unplaced_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mdm_unplacedevent (event_id) SELECT id FROM new_events;
    RETURN NULL;
END $$;
CREATE TRIGGER events_await_a_position AFTER INSERT ON mdm_event
    REFERENCING NEW TABLE AS new_events
    FOR EACH STATEMENT EXECUTE FUNCTION note_unplaced_events();
CREATE TRIGGER positions_only_grow BEFORE UPDATE OR DELETE ON mdm_eventposition
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
INSERT INTO mdm_eventposition (position, event_id)
    SELECT row_number() OVER (ORDER BY id), id FROM mdm_event;
"""

BACKWARDS = """
DROP TRIGGER positions_only_grow ON mdm_eventposition;
DROP TRIGGER events_await_a_position ON mdm_event;
DROP FUNCTION note_unplaced_events();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('mdm', '0011_claims_and_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnplacedEvent',
            fields=[
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='mdm.event')),
            ],
        ),
        migrations.CreateModel(
            name='EventPosition',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='placed', to='mdm.event')),
            ],
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
