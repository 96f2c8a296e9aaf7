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
