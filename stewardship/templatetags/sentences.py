"""Words in templates that come from declarations or the database, in the language of the page."""

from django.template import Library

from mdm import words
from mdm.models import CrosswalkLink
from stewardship.retelling import retold

register = Library()
register.filter("translated", words.translated)
register.filter("inside", words.inside)
register.filter("retold", retold)


@register.filter
def linked_by(method: str) -> str:
    """How a source record came to its golden record."""
    return str(CrosswalkLink.Method(method).label)
