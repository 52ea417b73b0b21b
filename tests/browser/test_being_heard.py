"""Who is in charge, and what is owed: found, sent, answered and read, in a real browser without JavaScript; and at a desk with a receipt.

Runs before the journeys that change who is who in the shared demo."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Demo
from .test_people import be

pytestmark = pytest.mark.browser


def letter_to(page: Page, to: str, said: str) -> str:
    """The text of the newest letter to somebody that says something."""
    tab = page.context.new_page()
    for _ in range(20):
        tab.goto("/demo/mail/")
        cards = tab.locator(".m-card", has_text=to).filter(has_text=said)
        if cards.count():
            text = cards.first.locator("pre").inner_text()
            tab.close()
            return text
        tab.wait_for_timeout(300)
    raise AssertionError(f"no letter to {to} came")


def test_a_resident_finds_who_is_in_charge_sends_an_idea_and_is_answered_without_javascript(
    browser: Browser, demo: Demo
) -> None:
    context = browser.new_context(
        base_url=demo.address, java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Who is in charge of …?").fill("street lite is out, neads assesment")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("It was read as “assessment”.")).to_be_visible()
    page.get_by_role("link", name="Fenbridge City Council").first.click()
    expect(page.get_by_text("Street lighting engineer")).to_be_visible()
    page.get_by_role("link", name="Send an idea about it").click()
    page.get_by_label("What do you want to say?").fill("Paint a number on every lamp post in Mill Road.")
    page.get_by_label("Your mail address (you can do without)").fill("noor@home.example")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have what you sent")
    mine = page.url
    # The engineer has no session: the link in the letter is enough.
    act = re.findall(
        r"http://localhost:\d+(/cases/act/\S+)", letter_to(page, "kwame@city-council.example", "Mill Road")
    )[0]
    page.goto(act)
    page.get_by_label("Your words").fill("We begin with Mill Road in May.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is sent.")).to_be_visible()
    assert "> We begin with Mill Road in May." in letter_to(page, "noor@home.example", "has answered you")
    page.goto(mine)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are answered")
    page.get_by_label("What they should look at again").fill("And the lane behind it?")
    page.get_by_role("button", name="Ask them to look again").click()
    expect(page.get_by_text("They look at it again, and owe you another answer.")).to_be_visible()
    context.close()


def test_an_officer_writes_down_what_somebody_says_and_the_receipt_leads_them_back(
    page: Page, browser: Browser, demo: Demo
) -> None:
    be(page, "front-desk")
    page.get_by_role("link", name="Front desk").click()
    page.get_by_label("By phone").check()
    page.get_by_label("What do they say?").fill("The library should lend garden tools.")
    page.get_by_role("button", name="Keep it, and show the receipt").click()
    receipt = page.locator(".m-code").inner_text()
    visitor = browser.new_context(base_url=demo.address).new_page()
    visitor.goto("/receipt/")
    visitor.get_by_label("Your receipt").fill(receipt.upper().replace("-", " "))
    visitor.get_by_role("button", name="Show it").click()
    expect(visitor.get_by_text("The library should lend garden tools.").first).to_be_visible()
    expect(visitor.get_by_text("It is with Fenbridge Libraries and Museums.", exact=False)).to_be_visible()
    visitor.context.close()


def test_the_board_contact_sees_what_has_climbed_to_her_and_everybody_sees_that_it_has(page: Page) -> None:
    page.goto("/promises/stuck/")
    expect(page.get_by_text("rests with the board contact")).to_be_visible()
    expect(page.get_by_text("rests with nobody: every level has missed it")).to_be_visible()
    be(page, "board-contact")
    page.goto("/me/week/")
    page.get_by_role("link", name="Could you open on Monday evenings?").click()
    page.get_by_label("Your words").fill("From May, on the first Monday of the month.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is sent.")).to_be_visible()
