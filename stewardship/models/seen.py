"""What people have seen, so that pages can say what is new to them."""

from django.conf import settings
from django.db import models


class HomeVisit(models.Model):
    """When a person last came to the first page, and since when it tells them what changed."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    seen_home_at = models.DateTimeField(help_text="When the visit began")
    told_since = models.DateTimeField(help_text="When the visit before it began")

    def __str__(self) -> str:
        return f"{self.person_id} at {self.seen_home_at}"


class OnScreen(models.Model):
    """Who is about to change a golden record or a quarantined row, until the page says so again."""

    subject = models.CharField(max_length=64, help_text="A golden id, or the row by its number")
    person = models.CharField(max_length=150, help_text="A user name")
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_person_has_a_thing_on_the_screen_once", fields=["subject", "person"]
            )
        ]
        indexes = [models.Index(name="longest_off_the_screen_first", fields=["until"])]

    def __str__(self) -> str:
        return f"{self.person} has {self.subject}"
