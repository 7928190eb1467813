"""The status page in a real browser: what people see, and what they can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from programs import need
from visitor import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.production import Production

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP, PHONE = {"width": 1100, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def chromium(stack: Production) -> Iterator[Browser]:
    program = need(*CHROMIUM)
    rules = f"--host-resolver-rules=MAP {stack.environment.domain} {ADDRESS}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, rules])
        yield browser
        browser.close()


@pytest.fixture(scope="module", autouse=True)
def history(stack: Production) -> None:
    """Ninety days of twenty targets, as the demonstration makes them."""
    stack.manage("history", "--targets", "20", "--days", "90", "--replace", "--noinput")


def opened(chromium: Browser, stack: Production, path: str = "", **context: Any) -> tuple[Page, list[str]]:
    # the rehearsal's authority is not among the browser's; the visitor of the other tests does verify it
    page = chromium.new_context(ignore_https_errors=True, **context).new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(stack.url + path, wait_until="networkidle")
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("desktop", DESKTOP), ("phone", PHONE)])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_has_no_faults_that_axe_finds(
    chromium: Browser, stack: Production, artifacts: Path, scheme: str, device: str, size: dict[str, int], language: str
) -> None:
    page, complaints = opened(chromium, stack, viewport=size, color_scheme=scheme, locale=language)
    page.screenshot(path=artifacts / f"status-{device}-{scheme}-{language}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert complaints == []
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"


def test_a_targets_page_has_none_either(chromium: Browser, stack: Production, artifacts: Path) -> None:
    page, complaints = opened(chromium, stack, viewport=DESKTOP, color_scheme="light", locale="en")
    page.locator("main a[href*='/targets/']").first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=artifacts / "target-desktop-light-en.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert complaints == []


FOCUSED = """() => {
  const element = document.activeElement;
  return {href: element.href || "", outline: getComputedStyle(element).outlineStyle};
}"""


def test_every_link_is_reached_by_keyboard_and_seen(chromium: Browser, stack: Production) -> None:
    page, _ = opened(chromium, stack, viewport=DESKTOP, locale="en")
    links = page.locator("a[href]").count()
    reached: set[str] = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["href"]:
            assert focused["outline"] != "none", f"that {focused['href']} has the focus cannot be seen"
            reached.add(focused["href"])
    assert set(page.eval_on_selector_all("a[href]", "found => found.map(a => a.href)")) <= reached


def test_the_administration_works_under_the_content_security_policy(chromium: Browser, stack: Production) -> None:
    page, complaints = opened(chromium, stack, "admin/login/", viewport=DESKTOP)
    assert page.locator("input[name=username]").is_visible()
    assert complaints == []
