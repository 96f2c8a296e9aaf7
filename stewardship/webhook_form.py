"""The form for a new webhook: it validates shape; the verb validates truth."""

from django import forms
from django.utils.translation import gettext_lazy

from mdm.domains import ENTITY_TYPES
from mdm.following.vocabulary import EVENT_TYPES
from mdm.governance import access
from mdm.models import Subscription


def _lines(names: list[str]) -> list[tuple[str, str]]:
    return [(each, each) for each in names]


class WebhookForm(forms.Form):
    """Whom to tell of what; choices left empty mean all that the scopes allow."""

    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    url = forms.CharField(max_length=500, label=gettext_lazy("Address (https)"))
    scopes = forms.MultipleChoiceField(
        choices=lambda: _lines(list(access.scopes())), label=gettext_lazy("Scopes")
    )
    types = forms.MultipleChoiceField(
        choices=lambda: _lines(list(EVENT_TYPES)),
        required=False,
        label=gettext_lazy("Events (all when empty)"),
    )
    domains = forms.MultipleChoiceField(
        choices=lambda: _lines(list(ENTITY_TYPES)),
        required=False,
        label=gettext_lazy("Domains (all when empty)"),
    )
    attributes = forms.CharField(
        required=False,
        max_length=1_000,
        label=gettext_lazy("Attributes, with commas: tell changes only where one of these changed"),
    )
    payload = forms.ChoiceField(
        choices=Subscription.Payload.choices, label=gettext_lazy("What is sent")
    )
    every_change = forms.BooleanField(
        required=False,
        label=gettext_lazy("Tell changes also where no value and no life cycle changed"),
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        for field in self.fields.values():
            several = isinstance(field, forms.ChoiceField)
            tick = isinstance(field, forms.BooleanField)
            style = "form-select" if several else "form-check-input" if tick else "form-control"
            field.widget.attrs["class"] = style

    def clean_attributes(self) -> list[str]:
        """The names, one by one."""
        return [each.strip() for each in self.cleaned_data["attributes"].split(",") if each.strip()]
