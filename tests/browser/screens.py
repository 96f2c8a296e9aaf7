"""What keeps people out of a page: grave faults that axe finds, and pages wider than the window."""

from collections.abc import Iterable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
WIDTHS = (1440, 1024, 390)
SECONDS = 20_000  # a page that takes longer fails, instead of the others waiting for it


def faults(page: Page, addresses: Iterable[str]) -> list[tuple[str, ...]]:
    """The faults of each page with its address; a page that is not there fails at once."""
    found: list[tuple[str, ...]] = []
    for address in addresses:
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        page.wait_for_load_state("networkidle", timeout=SECONDS)
        found += [
            (address, each["help"], each["nodes"][0]["html"][:200])
            for each in Axe().run(page).response["violations"]
            if each["impact"] in GRAVE
        ]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append((address, "wider than the window", str(width)))
    return found
