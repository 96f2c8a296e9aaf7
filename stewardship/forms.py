"""Forms: they validate shape; the verbs validate truth."""

from django import forms

from mdm.models import SourceRecord


class _Form(forms.Form):
    """Fields that look like those of the pages."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"


class PinForm(_Form):
    """A value to pin; an empty one says that the record has none."""

    value = forms.CharField(required=False, max_length=2_000)
    reason = forms.CharField(max_length=500)
    expires_at = forms.DateTimeField(
        required=False,
        label="Ends at",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


class ConditionForm(_Form):
    """What a person holds against a source record, and why."""

    condition = forms.ChoiceField(choices=SourceRecord.Condition.choices, required=False)
    reason = forms.CharField(max_length=500)
