"""Where events stand in the order in which others follow them."""

from django.db import models

from mdm.models.event import Event


class UnplacedEvent(models.Model):
    """An event that has no position yet. The database adds it with the event, whoever writes it."""

    event = models.OneToOneField(
        Event, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )

    def __str__(self) -> str:
        return f"event {self.event_id}"


class EventPosition(models.Model):
    """The place of an event in the changes feed: 1, 2, 3, … without gaps, given after its commit.

    A later position became visible later, and of one golden record the changes stand in their own
    order. So whoever has read up to a position has missed nothing before it.
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(
        Event, models.DO_NOTHING, related_name="placed", db_constraint=False
    )

    def __str__(self) -> str:
        return f"event {self.event_id} at {self.position}"
