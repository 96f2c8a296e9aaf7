"""Text becomes markup only where it was meant to be."""

import pytest
from django.template import Context, Template

from matching.charts.markup import Markup, joined, number, signed, small, tag
from matching.charts.scale import Scale


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "a < b & c", tag("b", '"')) == "<p>a &lt; b &amp; c<b>&quot;</b></p>"


def test_attributes_are_escaped_and_none_is_left_out():
    written = tag("rect", x=1.0, stroke_width=None, class_='a" onload="b')

    assert written == '<rect x="1" class="a&quot; onload=&quot;b"></rect>'


def test_a_django_template_takes_markup_as_it_is_and_escapes_text():
    template = Template("{{ drawn }}{{ text }}")

    assert template.render(Context({"drawn": tag("b", "x"), "text": "<i>"})) == "<b>x</b>&lt;i&gt;"


def test_control_characters_are_spaces():
    assert joined("a\x00b\x1fc") == "a b c"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_never_drawn(value):
    with pytest.raises(ValueError, match="cannot be drawn"):
        tag("rect", x=value)


def test_numbers_have_a_real_minus_and_thousands():
    assert (number(-1234.56), signed(2.04), signed(-0.5)) == ("−1,234.6", "+2.0", "−0.5")
    assert (small(0.62), small(0.00002), small(1.0)) == ("0.62", "2.0e-5", "1")
    assert isinstance(joined(), Markup)


@pytest.mark.parametrize(
    ("low", "high", "about", "ticks"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-22, 63, 6, [-20, 0, 20, 40, 60]),
        (0, 3, 4, [0, 1, 2, 3]),
        (0.7, 1.0, 5, [0.7, 0.8, 0.9, 1.0]),
    ],
)
def test_an_axis_has_round_values(low, high, about, ticks):
    assert Scale(low, high, 0, 100).ticks(about) == ticks


def test_a_scale_around_one_value_still_has_a_width():
    scale = Scale.around([3.0, float("inf")], 0, 100, 0.1)

    assert scale(3.0) == pytest.approx(50)
