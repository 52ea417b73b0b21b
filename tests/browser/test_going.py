"""The story as far as the appeal: an open event, anyone goes, a manager objects without a ground that counts, the board contact upholds, the
seat is the officer's. In a real browser, each as themselves; and what a visitor and an organiser do."""

from __future__ import annotations

import re
from pathlib import Path

import icalendar
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_being_heard import letter_to
from .test_people import RULES, be

pytestmark = pytest.mark.browser

EVENT = "How to be heard online"


def somebody(browser: Browser, demo: Demo, key: str, *, width: int = 1280, javascript: bool = True) -> Page:
    context = browser.new_context(base_url=demo.address, viewport={"width": width, "height": 900}, java_script_enabled=javascript)  # fmt: skip
    page = context.new_page()
    be(page, key)
    return page


def fits(page: Page) -> None:
    """Nothing that axe finds, nothing that runs off the side."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_officer_goes_the_manager_objects_the_officer_appeals_and_is_seated(browser: Browser, demo: Demo) -> None:
    sam = somebody(browser, demo, "front-desk", width=390)
    sam.goto("/events/?words=heard")
    sam.get_by_role("link", name=EVENT).first.click()
    sam.get_by_role("link", name="I’m going").click()
    fits(sam)
    sam.get_by_role("button", name="I’m going").click()
    expect(sam.get_by_role("heading", level=1)).to_have_text("You are going")
    fits(sam)

    dilys = somebody(browser, demo, "line-manager")
    dilys.goto("/me/week/")
    dilys.get_by_role("link", name=f"Sam Okafor goes to {EVENT}").click()
    expect(dilys.get_by_text("You are told, not asked.")).to_be_visible()
    fits(dilys)
    dilys.get_by_text("Object, in writing").click()
    dilys.get_by_label("Why they cannot go").fill("I want everybody here.")
    dilys.get_by_role("button", name="Object").click()
    expect(dilys.get_by_text("That does not count, as enough of your team stay.")).to_be_visible()
    fits(dilys)
    dilys.get_by_label("How many more than usual are needed then?").fill("1")
    dilys.get_by_role("button", name="Object").click()
    expect(dilys.get_by_text("The objection stands.")).to_be_visible()

    sam.reload()
    expect(sam.get_by_role("heading", level=1)).to_have_text("You are not going")
    fits(sam)
    sam.get_by_role("link", name="Appeal", exact=True).click()
    sam.get_by_label("Why is it not right?").fill("Nobody more is needed that day.")
    sam.get_by_role("button", name="Send the appeal").click()
    expect(sam.get_by_text("It rests with the board contact.")).to_be_visible()
    fits(sam)

    # The board contact has no session: the link in the letter is enough.
    link = re.findall(r"http://localhost:\d+(/appeals/act/\S+)", letter_to(sam, "amina@advice-centre.example", "Nobody more is needed"))[0]  # fmt: skip
    amina = browser.new_context(base_url=demo.address, java_script_enabled=False).new_page()
    amina.goto(link)
    amina.get_by_role("link", name="Decide").click()
    amina.get_by_label("Upheld: what was refused should be given").check()
    amina.get_by_label("The reason, for both sides").fill("There is no inspection that day.")
    amina.get_by_label("The decision in public").fill("A wish is no ground.")
    amina.get_by_role("button", name="Decide").click()
    expect(amina.get_by_text("It is decided, and both sides are told.")).to_be_visible()

    sam.goto("/places/")
    fits(sam)
    sam.get_by_role("link", name=EVENT).first.click()
    expect(sam.get_by_role("heading", level=1)).to_have_text("You are going")
    expect(sam.get_by_text("nobody below the board contact can take this place away")).to_be_visible()
    dilys.reload()
    expect(dilys.get_by_text("nobody below the board contact can undo it")).to_be_visible()
    public = browser.new_context(base_url=demo.address).new_page()
    public.goto("/appeals/")
    expect(public.get_by_text("A wish is no ground.")).to_be_visible()
    expect(public.locator("main")).not_to_contain_text("Sam")


def test_a_resident_goes_asks_and_gives_the_place_up_without_an_account_or_javascript(browser: Browser, demo: Demo) -> None:  # fmt: skip
    page = browser.new_context(base_url=demo.address, java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()  # fmt: skip
    page.goto("/")
    page.get_by_role("link", name="What is on").click()
    page.get_by_text("By topic, day, or from afar").click()
    page.get_by_label("Topic").select_option("Council and decisions")
    page.get_by_role("button", name="Show these").click()
    page.get_by_role("link", name="The budget: ask what you like").click()
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Your question").fill("Is the pool safe?")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Is the pool safe?")).to_be_visible()
    page.get_by_role("link", name="I’m going").click()
    page.get_by_label("Your mail address").fill("tilda@home.example")
    page.get_by_role("button", name="I’m going").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    mine = re.findall(r"http://localhost:\d+(/places/\S+)", letter_to(page, "tilda@home.example", "You are going"))[0]
    page.goto(mine)
    page.get_by_role("button", name="I cannot come").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not going")


def test_an_event_is_put_up_in_a_moment_and_taken_into_a_calendar(browser: Browser, demo: Demo, page: Page) -> None:
    priya = somebody(browser, demo, "administrator", width=390)
    priya.goto("/events/new/")
    fits(priya)
    priya.get_by_label("What is it called?").fill("Tea for newcomers")
    priya.get_by_label("What is it, and for whom?").fill("For whoever came to Fenbridge this year.")
    priya.get_by_label("On which day?").fill("2099-05-04")
    priya.get_by_label("From", exact=True).fill("15:00")
    priya.get_by_label("Until", exact=True).fill("5pm")
    priya.get_by_label("Where?", exact=True).fill("Advice Centre, Old Town")
    priya.get_by_role("button", name="Put it up").click()
    expect(priya.get_by_text("It is up. Everybody can see it now.")).to_be_visible()
    fits(priya)
    page.goto("/events/?words=newcomers")
    page.get_by_role("link", name="Tea for newcomers").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="The entry for a calendar").click()
    (entry,) = icalendar.Calendar.from_ical(Path(download.value.path()).read_bytes()).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Tea for newcomers"
