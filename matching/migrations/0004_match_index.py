"""What the index of each domain covers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("matching", "0003_shards")]

    operations = [
        migrations.CreateModel(
            name="MatchIndex",
            fields=[
                ("domain", models.CharField(max_length=32, primary_key=True, serialize=False)),
                (
                    "recipe",
                    models.CharField(
                        help_text="Hash of the model and of how keys are made", max_length=64
                    ),
                ),
                ("records", models.PositiveBigIntegerField(help_text="How many records it covers")),
                (
                    "held",
                    models.JSONField(help_text="How many values records hold, column by column"),
                ),
                ("built_at", models.DateTimeField()),
                ("refreshed_at", models.DateTimeField(help_text="Changes of before are in it")),
            ],
        ),
    ]
