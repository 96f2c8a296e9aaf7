"""What keeps people out of a page, or makes it slow or restless to come to."""

from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

SECONDS = 20_000  # a page that takes longer fails, instead of the others waiting for it
WIDE, TABLET, PHONE = (
    {"width": width, "height": height} for width, height in ((1440, 800), (1024, 800), (390, 800))
)
ENLARGED = {"width": 720, "height": 400}  # what a zoom of 200 % leaves of a wide window
WINDOWS = (WIDE, TABLET, ENLARGED, PHONE)
MOST_BYTES = 300_000
MOST_SHIFT = 0.1  # "good" at https://web.dev/articles/cls
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""All rules of axe, and the one of WCAG 2.2 that is off unless asked for."""
WATCH_SHIFTS = """
{
  let sum = window.shifted = 0;
  new PerformanceObserver((seen) => {
    for (const each of seen.getEntries()) if (!each.hadRecentInput) sum += each.value;
    window.shifted = sum;
  }).observe({ type: "layout-shift", buffered: true });
}
"""
COST = """async () => {
  const painted = () => new Promise(requestAnimationFrame);
  for (let frames = 0; frames < 3; frames += 1) await painted();
  const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource").map((each) => each.name);
  return { document: page.decodedBodySize, files, shifted: window.shifted };
}"""
MOVING = """() => {
  const lasts = (durations) => durations.split(",").some((each) => parseFloat(each) > 0.01);
  const moves = (style) => lasts(style.transitionDuration)
    || (style.animationName !== "none" && lasts(style.animationDuration));
  const parts = [null, "::before", "::after"];
  return [...document.querySelectorAll("*")]
    .filter((each) => parts.some((part) => moves(getComputedStyle(each, part))))
    .map((each) => each.outerHTML.slice(0, 100));
}"""


def faults(
    page: Page, addresses: Iterable[str], window: dict[str, int] = WIDE
) -> list[tuple[str, ...]]:
    """The faults of each page with its address; a page that is not there fails at once."""
    page.add_init_script(WATCH_SHIFTS)
    page.emulate_media(reduced_motion="reduce")
    found: list[tuple[str, ...]] = []
    for address in addresses:
        page.set_viewport_size(window)
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        expect(page.locator(".htmx-request, .later")).to_have_count(0)
        found += [(address, *each) for each in (*_cost(page), *_unrest(page), *faults_here(page))]
    return found


def faults_here(page: Page) -> Iterator[tuple[str, ...]]:
    """The faults of the page as it is shown."""
    for broken in Axe().run(page, options=RULES).response["violations"]:
        yield from ((broken["help"], each["html"][:200]) for each in broken["nodes"])
    for window in WINDOWS:
        page.set_viewport_size(window)
        if page.evaluate("document.documentElement.scrollWidth") > window["width"]:
            yield "wider than the window", str(window["width"])


def _cost(page: Page) -> Iterator[tuple[str, ...]]:
    cost = page.evaluate(COST)
    sent = cost["document"] + sum(_sent(urlsplit(each).path) for each in set(cost["files"]))
    if sent > MOST_BYTES:
        yield "too large", str(sent)
    if cost["shifted"] >= MOST_SHIFT:
        yield "jumps while it loads", str(cost["shifted"])


def _unrest(page: Page) -> Iterator[tuple[str, ...]]:
    for each in moving(page):
        yield "moves though nothing shall", each


def moving(page: Page) -> list[str]:
    """The elements that are animated, or would change slowly."""
    found: list[str] = page.evaluate(MOVING)
    return found


@cache
def _sent(path: str) -> int:
    """The bytes of a static file as the hub sends it, which the server of tests does not."""
    answer = Client().get(path, headers={"accept-encoding": "gzip"})
    return len(answer.getvalue()) if answer.status_code == 200 else 0
