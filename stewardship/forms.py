"""Forms: they validate shape; the verbs validate truth."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from mdm.attribute_types import Choice
from mdm.domains import ENTITY_TYPES
from mdm.models import Feed, SourceRecord
from mdm.schema import Attribute
from mdm.words import displayed, translated


class _Form(forms.Form):
    """Fields that look like those of the pages."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"


class PinForm(_Form):
    """A value to pin; an empty one says that the record has none."""

    value = forms.CharField(required=False, max_length=2_000, label=gettext_lazy("Value"))
    reason = forms.CharField(max_length=500, label=gettext_lazy("Reason"))
    expires_at = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Ends at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: object, attribute: Attribute, **options: object) -> None:
        super().__init__(*args, **options)
        if isinstance(attribute.type, Choice):
            words = [(each, displayed(attribute, each)) for each in attribute.type.options]
            self.fields["value"].widget = forms.Select({"class": "form-select"}, [("", ""), *words])


class ConditionForm(_Form):
    """What a person holds against a source record, and why."""

    condition = forms.ChoiceField(choices=SourceRecord.Condition.choices, required=False)
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 1}))


class FeedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new feed, without its mapping."""

    domain = forms.ChoiceField(label=gettext_lazy("What it holds"))

    class Meta:
        model = Feed
        fields = ["name", "code", "system", "domain", "owner", "mode", "deletes", "creates"]
        labels = {
            "name": gettext_lazy("Name"),
            "code": gettext_lazy("Short name, for commands"),
            "system": gettext_lazy("Source system"),
            "owner": gettext_lazy("Who is asked when it waits"),
            "mode": gettext_lazy("A file is"),
            "deletes": gettext_lazy("A record that a full snapshot no longer has"),
            "creates": gettext_lazy("Unknown keys make new records"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        domain = self.fields["domain"]
        assert isinstance(domain, forms.ChoiceField)  # noqa: S101
        domain.choices = [(name, translated(each.plural)) for name, each in ENTITY_TYPES.items()]
        for field in self.fields.values():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            if isinstance(field, forms.BooleanField):
                kind = "form-check-input"
            field.widget.attrs["class"] = kind
        for field in self.fields.values():
            field.help_text = ""

    def clean_code(self) -> str:
        """The short name is part of the feed's address."""
        code: str = self.cleaned_data["code"]
        if code in ("new", "batches", "quarantine"):
            raise forms.ValidationError(gettext("Other pages have this name; choose another one."))
        return code
