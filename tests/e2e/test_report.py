"""The report in a real browser: with scripts off, without a network, in light, dark, narrow and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from kkinfra.cli.main import main
from programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
SIZES = {"desktop": {"width": 1200, "height": 900}, "phone": {"width": 360, "height": 740}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = need(*CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("reports")
    difference = "tests/cli/difference.json"
    for language in ("en", "ko"):
        arguments = ["--lang", language, "--date", "2026-11-25", "--difference", difference]
        assert main(["report", *arguments, "--out", str(directory / f"{language}.html"), "-q"]) == 0
    return {language: directory / f"{language}.html" for language in ("en", "ko")}


def opened(chromium: Browser, file: Path, **context: Any) -> tuple[Page, list[str]]:
    """The page, and whatever it asked for or complained about beside itself."""
    page = chromium.new_context(**context).new_page()
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url) if request.url != file.as_uri() else None)
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(file.as_uri(), wait_until="networkidle")
    return page, heard


@pytest.mark.parametrize(
    ("language", "device", "scheme"),
    [("en", "desktop", "light"), ("en", "desktop", "dark"), ("en", "phone", "light"), ("ko", "phone", "dark")],
)
def test_the_page_has_no_faults_that_axe_finds(
    chromium: Browser, reports: dict[str, Path], artifacts: Path, language: str, device: str, scheme: str
) -> None:
    page, heard = opened(chromium, reports[language], viewport=SIZES[device], color_scheme=scheme)
    page.screenshot(path=artifacts / f"report-{device}-{scheme}-{language}.png", full_page=True)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"


def test_everything_is_there_without_scripts_and_offline(chromium: Browser, reports: dict[str, Path]) -> None:
    page, heard = opened(chromium, reports["en"], java_script_enabled=False, offline=True)
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Summary", "Pictures", "Comparison", "Findings of the proofs", "Exposure", "Fidelity ledger", "Difference",
    ]  # fmt: skip
    assert page.get_by_role("img").count() == 3
    assert page.locator("table.comparison").is_visible()
    closed = page.locator("details").first
    assert not closed.locator("table").is_visible()
    closed.locator("summary").click()
    assert closed.locator("table").is_visible()
    assert heard == []


def test_the_whole_page_is_reached_by_keyboard(chromium: Browser, reports: dict[str, Path]) -> None:
    page, _ = opened(chromium, reports["en"], viewport=SIZES["desktop"])
    wanted = page.locator("a[href], summary").count()
    seen: set[str] = set()
    for _ in range(wanted + page.locator("[tabindex='0']").count() + 5):
        page.keyboard.press("Tab")
        outline, tag, text = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return [getComputedStyle(e).outlineStyle, e.tagName, e.textContent]; })()"
        )
        if tag in {"A", "SUMMARY"}:
            assert outline != "none", text
            seen.add(f"{tag} {text}")
    assert len(seen) == wanted


def test_no_text_of_a_picture_leaves_its_box_in_a_real_font(chromium: Browser, reports: dict[str, Path]) -> None:
    page, _ = opened(chromium, reports["en"], viewport=SIZES["desktop"])
    outside = page.evaluate("""() => [...document.querySelectorAll('svg.kkinfra')].flatMap(svg => {
      let box = null;
      return [...svg.querySelectorAll('.node, text.title, text.detail')].filter(each => {
        const own = each.getBBox();
        if (each.classList.contains('node')) { box = own; return false; }
        return own.x < box.x - 1 || own.x + own.width > box.x + box.width + 1;
      }).map(each => each.textContent);
    })""")
    assert outside == []


def test_it_can_be_printed(chromium: Browser, reports: dict[str, Path], artifacts: Path) -> None:
    page, _ = opened(chromium, reports["en"], color_scheme="dark")
    page.pdf(path=artifacts / "report.pdf", format="A4")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
