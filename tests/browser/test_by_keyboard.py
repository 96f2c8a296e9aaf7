"""Tab leads through the main screens: to everything, in order, always in sight, and out again."""

import pytest
from django.urls import resolve

from tests.browser.screens import ENLARGED, WIDE
from tests.stewardship.every_screen import every_screen

MAIN = {"inbox", "pair", "cluster", "merge", "search", "quarantined-row"}
MOST = 400
CONTROLS = """() => {
  const may = "a[href], button, input, select, textarea, summary, [tabindex]";
  const inGroup = (each) => each.type === "radio" && [...document.getElementsByName(each.name)]
    .filter((other) => other.form === each.form);
  const first = (group) => group.find((each) => each.checked) ?? group[0];
  window.controls = [...document.querySelectorAll(may)].filter((each) =>
    each.tabIndex >= 0 && !each.disabled && each.checkVisibility({ visibilityProperty: true })
    && (!inGroup(each) || first(inGroup(each)) === each));
  document.body.tabIndex = -1;
  document.body.focus();  // a page may begin in a field: everything is to be reached from the top
  window.shadows = window.controls.map((each) => getComputedStyle(each).boxShadow);
  return window.controls.map((each) => each.outerHTML.slice(0, 150));
}"""
HERE = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const place = window.controls.indexOf(here);
  const style = getComputedStyle(here);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const box = here.getBoundingClientRect();
  const shares = [0.1, 0.5, 0.9];
  const inSight = shares.some((x) => shares.some((y) => {
    const hit = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
    return hit && (here.contains(hit) || hit.contains(here));
  }));
  return { place, html: here.outerHTML.slice(0, 150), inSight,
           marked: outlined || style.boxShadow !== window.shadows[place] };
}"""


def walked(page):
    """What has the focus after each Tab from the top of the page, until the page is left."""
    steps = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or (steps and here["place"] == steps[0]["place"]):
            return steps
        if not steps or here["place"] != steps[-1]["place"]:  # a date takes several
            steps.append(here)
    raise AssertionError("Tab never leads out")


def main_screens():
    for address in every_screen():
        name = resolve(address.partition("?")[0]).url_name
        if name in MAIN or (name == "golden" and "history" in address):
            yield address


@pytest.mark.parametrize("window", [WIDE, ENLARGED])
def test_tab_reaches_every_control_in_order_and_each_is_seen_to_have_the_focus(page, enter, window):
    addresses = list(main_screens())
    enter("steward")
    page.set_viewport_size(window)
    page.emulate_media(reduced_motion="reduce")

    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")  # what would happen comes after the page
        controls = page.evaluate(CONTROLS)
        steps = walked(page)

        assert [each["html"] for each in steps] == controls, address
        assert [each["html"] for each in steps if not each["marked"]] == [], address
        assert [each["html"] for each in steps if not each["inSight"]] == [], address
