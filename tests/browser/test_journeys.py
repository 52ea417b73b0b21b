"""What people do on the demo's pages, in a real browser, wide and narrow, with and without JavaScript."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import icalendar
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo

pytestmark = pytest.mark.browser

PAGES = ["/", "/programme/", "PLAN/runs/", "PLAN/runs/0/", "/organisations/", "/organisations/city-council/", "/organisations/repair-cafe/",
         "/programme/how-it-is-worked-out/", "/nowhere/", "/events/"]  # fmt: skip
WIDTHS = [1280, 390]
MOST_BYTES, MOST_REQUESTS = 48_000, 5


@pytest.fixture
def plan(page: Page) -> str:
    page.goto("/programme/")
    return page.url.rstrip("/")


def address(path: str, plan: str) -> str:
    return path.replace("PLAN", plan)


def test_a_resident_finds_a_run_and_takes_it_into_the_calendar(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fenbridge learns together")
    page.get_by_role("button", name="See what runs").click()
    page.get_by_label("Place").select_option("Harbour")
    page.get_by_role("button", name="Show", exact=True).click()
    first = page.locator(".m-runs li").first
    expect(first).to_contain_text("Harbour")
    name = first.get_by_role("link").inner_text()
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    with page.expect_download() as download:
        page.get_by_role("button", name="Add to your calendar").click()
    entries = icalendar.Calendar.from_ical(Path(download.value.path()).read_bytes()).walk("VEVENT")
    assert name in str(entries[0]["SUMMARY"])


def test_somebody_sees_what_the_plan_means_for_their_institution(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Look up your institution").click()
    page.get_by_role("link", name="Fenbridge Advice Centre").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"\d+ of its 24 people have a place"))
    expect(page.locator("main")).to_contain_text("Its share of the cost")
    page.get_by_role("link", name="Compare all institutions").click()
    page.get_by_text("The figures behind the chart").click()
    expect(page.get_by_role("table", name="Three ways to plan the same term")).to_be_visible()
    expect(page.get_by_role("img", name="Needs met, three ways")).to_be_visible()


def test_a_sceptic_downloads_the_plan_and_checks_it(page: Page, plan: str, tmp_path: Path) -> None:
    page.goto(plan + "/")
    with page.expect_download() as download:
        page.get_by_role("link", name="The plan as files").click()
    download.value.save_as(tmp_path / "plan.zip")
    subprocess.run(["python3", "-m", "zipfile", "-e", str(tmp_path / "plan.zip"), str(tmp_path)], check=True)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [str(root / "scripts" / "moothall"), "check", str(tmp_path / "bundle"), str(tmp_path / "plan")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "This plan keeps every rule." in done.stdout


def test_everything_works_without_javascript(browser: Browser, demo: Demo) -> None:
    context = browser.new_context(
        java_script_enabled=False, base_url=demo.address, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("link", name="Institutions")).to_be_visible()  # the menu is open
    page.get_by_role("link", name="Find a course near you").click()
    page.get_by_label("Place").select_option("online")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".m-runs li").first).to_contain_text("Online")
    page.locator(".m-runs a").first.click()
    expect(page.get_by_text("What you learn")).to_be_visible()
    context.close()


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Look up your institution":
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/organisations/$"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_runs_off_the_side(path: str, width: int, page: Page, plan: str) -> None:
    said: list[str] = []
    page.on(
        "console",
        lambda message: (
            said.append(message.text) if message.type in ("error", "warning") and "404" not in message.text else None
        ),
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address(path, plan))
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == [], "the console stays quiet: the content security policy blocks nothing of ours"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_at_most_48_kilobytes_and_five_requests(path: str, browser: Browser, demo: Demo, plan: str) -> None:
    context = browser.new_context(base_url=demo.address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    asked: dict[str, str] = {}
    session.on("Network.requestWillBeSent", lambda event: asked.setdefault(event["requestId"], event["request"]["url"]))

    def finished(event: dict[str, Any]) -> None:
        if not asked[event["requestId"]].startswith("data:"):  # the browser's own picture of a calendar in a date field
            sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    page.goto(address(path, plan).replace("/programme/?", "/programme/"), wait_until="networkidle")
    assert 0 < len(sizes) <= MOST_REQUESTS
    assert sum(sizes) <= MOST_BYTES
    context.close()
