"""People in templates."""

from django.template import Library

from mdm import words

register = Library()
register.filter("person", words.person)
