"""Forms: they validate shape; the verbs validate truth."""

from django import forms


class PinForm(forms.Form):
    """A value to pin; an empty one says that the record has none."""

    value = forms.CharField(required=False, max_length=2_000)
    reason = forms.CharField(max_length=500)
    expires_at = forms.DateTimeField(
        required=False,
        label="Ends at",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
