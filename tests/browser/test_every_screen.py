"""axe over every screen of a steward, in light and dark, at three widths."""

import pytest

from tests.browser.screens import SECONDS, faults
from tests.stewardship.screens import steward_screens


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_a_screen_and_none_is_wider_than_the_window(page, enter, scheme):
    addresses = list(steward_screens())
    enter("steward")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(SECONDS)

    assert faults(page, addresses) == []


def test_german_words_fit_the_window_too(page, enter):
    addresses = list(steward_screens())
    enter("steward")
    page.set_extra_http_headers({"Accept-Language": "de"})
    page.set_default_timeout(SECONDS)

    assert faults(page, addresses) == []
    assert page.locator("html").get_attribute("lang") == "de"
