"""The first waiting event about no golden record is found at once: they are sent in order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mdm", "0025_a_refused_write_is_in_the_ledger")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                name="deliveries_of_no_golden_record",
                fields=["subscription", "position"],
                condition=models.Q(state="waiting", golden_id=None),
            ),
        ),
    ]
