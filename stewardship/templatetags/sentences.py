"""Words in templates that come from declarations or the database, in the language of the page."""

from django.template import Library

from mdm import words

register = Library()
register.filter("translated", words.translated)
register.filter("inside", words.inside)
