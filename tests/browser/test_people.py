"""People sign in, an institution is set up, and a coordinator plans: in a real browser, wide and narrow, with and without JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.world import bundle_zip

from .conftest import ROOT, Demo

pytestmark = pytest.mark.browser

SHARED = Path(os.environ.get("MOOTHALL_SHARED", ROOT.parent / "shared"))
WIDTHS = [1280, 390]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CHARITY = "/organisations/advice-centre"
PAGES = {
    "": ["/account/sign-in/", "/account/code/", "/account/new/", "/account/password/forgotten/", "/join/", "/demo/", "/demo/mail/", "/erased/", "/privacy/",
         "/find/", "/find/?q=my+mums+care+assesment", "/find/?q=xyzzyq", "/services/1/", "/services/kinds/street-lighting/", "/services/kinds/university/", f"{CHARITY}/", "/promises/",
         "/promises/stuck/", f"{CHARITY}/promises/", "/send/", "/send/?kind=correction&service=1", "/receipt/", "/open/directory/", "/events/", "/events/?words=nothing+fits", "/events/tell-me/", "/appeals/", f"{CHARITY}/appeals/"],
    "front-desk": ["/me/", "/me/name/", "/me/erasure/", "/account/sessions/", "/account/password/", "/account/address/", f"{CHARITY}/people/", "/me/week/", "/desk/", "/places/", "/events/new/", f"{CHARITY}/calendars/"],
    "administrator": [
        "/organisations/new/", f"{CHARITY}/", f"{CHARITY}/record/", f"{CHARITY}/details/", f"{CHARITY}/teams/", f"{CHARITY}/roles/", f"{CHARITY}/agreements/",
        f"{CHARITY}/people/", f"{CHARITY}/people/new/", f"{CHARITY}/people/import/", f"{CHARITY}/facts/", f"{CHARITY}/facts/services/new/", f"{CHARITY}/facts/contacts/new/",
        f"{CHARITY}/facts/relations/new/", f"{CHARITY}/facts/identifiers/new/", f"{CHARITY}/facts/delegation/", f"{CHARITY}/facts/posts/new/", f"{CHARITY}/cover/", f"{CHARITY}/appeals/remit/", f"{CHARITY}/conduct/",
    ],
    "coordinator": ["/programme/planning/", "/programme/planning/upload/", "/programme/compare/", "/programme/shared/"],
    "city-steward": ["/running/", "/organisations/to-confirm/", f"{CHARITY}/administrator/", "/me/week/", "/held-mail/", "/promises/bank-holidays/", "/directory/bring/"],
    "board-contact": ["/me/week/", f"{CHARITY}/promises/"],
}  # fmt: skip


def be(page: Page, key: str) -> None:
    page.goto("/demo/")
    page.locator(f"form[action='/demo/be/{key}/'] button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")


def hold(page: Page, width: int) -> None:
    """Axe finds nothing, and nothing runs off the side."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, page.url + found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.fixture
def said(page: Page) -> Iterator[list[str]]:
    """What the console complained about: the policy refuses what is not ours, and would say so."""
    lines: list[str] = []
    page.on(
        "console",
        lambda message: (
            lines.append(f"{page.url}: {message.text}")
            if message.type in ("error", "warning") and "status of 4" not in message.text
            else None
        ),
    )
    page.on("dialog", lambda dialog: (lines.append(f"{page.url}: a dialog"), dialog.dismiss()))
    yield lines
    assert lines == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("who", list(PAGES))
def test_axe_finds_nothing_on_anybody_s_pages_with_and_without_errors(
    who: str, width: int, page: Page, said: list[str]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    if who:
        be(page, who)
        hold(page, width)
    for path in PAGES[who]:
        page.goto(path)
        hold(page, width)
        forms = page.locator("main form[method=post][novalidate] button[type=submit]")
        if forms.count() and "reset" not in path:
            forms.first.click()
            hold(page, width)


def code_in_mail(page: Page, to: str) -> str:
    """The newest code in the demo's mail for somebody, read in another tab."""
    tab = page.context.new_page()
    for _ in range(20):
        tab.goto("/demo/mail/")
        card = tab.locator(".m-card", has_text=to).first
        found = re.search(r"^    (\S+)$", card.locator("pre").inner_text(), re.MULTILINE) if card.count() else None
        if found:
            tab.close()
            return found.group(1)
        tab.wait_for_timeout(300)
    raise AssertionError("no code came")


def test_somebody_new_makes_an_account_sets_up_a_charity_and_brings_a_colleague_without_mail(
    page: Page, browser: Browser, demo: Demo, said: list[str]
) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Mail address").fill("una@riverside.example")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Code from the mail").fill(code_in_mail(page, "una@riverside.example"))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your name").fill("Una Hart")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Set up an institution").click()
    page.get_by_label("Name", exact=True).fill("Riverside Choir")
    page.get_by_label("Kind").select_option("Community group")
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator("main")).to_contain_text("has not confirmed this institution yet")
    page.get_by_role("link", name="Add one person").click()
    page.get_by_label("Name", exact=True).fill("Nell Quirke")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("A code on paper").check()
    page.get_by_role("button", name="Invite").click()
    code = page.locator(".m-code").inner_text()
    # Nell, on somebody's phone, without JavaScript and without mail.
    phone = browser.new_context(
        base_url=demo.address, java_script_enabled=False, viewport={"width": 390, "height": 800}
    )
    nell = phone.new_page()
    nell.goto("/join/")
    nell.get_by_label("Your code").fill(code.upper())
    nell.get_by_role("button", name="Go on").click()
    expect(nell.locator("main")).to_contain_text("Riverside Choir invites Nell Quirke.")
    nell.get_by_label("Choose a password").fill("a heron in the reeds")
    nell.get_by_role("button", name="Yes, that is me").click()
    name = nell.locator(".m-code").inner_text()
    nell.get_by_role("link", name="Go to your account").or_(
        nell.get_by_role("button", name="Go to your account")
    ).click()
    nell.get_by_role("button", name="Sign out").click()
    nell.goto("/account/sign-in/")
    nell.get_by_label("Mail address or sign-in name").fill(name)
    nell.get_by_label("Password").fill("a heron in the reeds")
    nell.get_by_role("button", name="Sign in").click()
    expect(nell.locator("main")).to_contain_text("Nell Quirke")
    phone.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_coordinator_plans_watches_leaves_comes_back_stops_and_publishes(
    script: bool, browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    context: BrowserContext = browser.new_context(base_url=demo.address, java_script_enabled=script)
    page = context.new_page()
    page.set_default_timeout(20_000)
    (tmp_path / "city.zip").write_bytes(bundle_zip())
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no zip")
    be(page, "coordinator")
    page.goto("/programme/planning/upload/")
    page.get_by_label(re.compile("The city")).set_input_files(tmp_path / "bad.zip")
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("alert")).to_contain_text("zip of a bundle")
    page.get_by_label(re.compile("The city")).set_input_files(tmp_path / "city.zip")
    title = f"Spring {'with' if script else 'without'} JavaScript"
    page.get_by_label(re.compile("What to call it")).fill(title)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_label(re.compile("A minute")).check()
    page.get_by_role("button", name="Start planning").click()
    work = page.url
    if script:
        expect(page.locator("main")).to_contain_text("value so far", timeout=30_000)
        hold(page, 1280)
    page.goto("/")
    page.goto(work)
    for _ in range(40):
        if "value so far" in page.locator("main").inner_text():
            break
        page.get_by_role("link", name="Refresh").click()
        page.wait_for_timeout(500)
    page.get_by_role("button", name=re.compile("Stop")).click()
    for _ in range(80):
        if page.get_by_role("link", name="Read the plan").or_(page.get_by_role("button", name="Read the plan")).count():
            break
        if script:
            page.wait_for_timeout(500)
        else:
            page.get_by_role("link", name="Refresh").click()
            page.wait_for_timeout(300)
    expect(page.locator("main")).to_contain_text("Stopped by hand")
    if script:
        hold(page, 1280)
    page.get_by_role("link", name="Read the plan").or_(page.get_by_role("button", name="Read the plan")).click()
    expect(page.locator("main")).to_contain_text("Draft")
    page.get_by_role("link", name="Who has a place").click()
    expect(page.get_by_role("table")).to_contain_text("Fenbridge City Council")
    if script:
        hold(page, 1280)
    page.go_back()
    page.get_by_role("link", name="Compare with another plan").click()
    page.get_by_label("The other").select_option(index=1)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("What each comes to")
    if script:
        hold(page, 1280)
    page.go_back()
    context.close()


def test_a_form_is_filled_in_with_the_keyboard_alone(page: Page, said: list[str]) -> None:
    page.goto("/account/sign-in/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    page.get_by_label("Mail address or sign-in name").focus()
    page.keyboard.type("sam@advice-centre.example")
    page.keyboard.press("Tab")
    page.keyboard.type("three otters on a barge")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")


NASTY = [
    "\"><script>window.hit=1</script><img src=x onerror=window.hit=1>'",
    "javascript:window.hit=1//</title></textarea></style><svg onload=window.hit=1>",
    "{{7*7}}${7*7}<%=7*7%>{% raw %}' OR 1=1;--",
    "=cmd|'/C calc'!A0\u202e\u200b\ufeff\u0000\U0001f4a9 ﷽ Ω≈ç√",
]


def inert(page: Page) -> None:
    assert page.evaluate("window.hit") is None, page.url
    assert page.locator("main script, main iframe, main [onerror], main [onload]").count() == 0, page.url


def test_naughty_strings_through_every_form_come_back_inert(page: Page, said: list[str], tmp_path: Path) -> None:
    found = 0
    forms = [
        (who, path)
        for who in ("administrator", "coordinator", "city-steward", "front-desk")
        for path in PAGES[who]
        if "/account/" not in path
    ]
    before = ""
    for who, path in forms:
        if who != before:
            be(page, who)
            before = who
        for text in NASTY:
            page.goto(path)
            fields = page.locator(
                "main form[novalidate] input[type=text], main form[novalidate] input[type=email], main form[novalidate] textarea, main form[method=get] input[type=text]"
            )
            if not fields.count():
                break
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            for i in range(fields.count()):
                fields.nth(i).fill(text[:180])
            page.locator("main form button[type=submit]").first.click()
            inert(page)
            found += 1
    assert found > 30
    be(page, "administrator")
    for path in (
        f"{CHARITY}/",
        f"{CHARITY}/record/",
        f"{CHARITY}/teams/",
        f"{CHARITY}/people/",
        f"{CHARITY}/agreements/",
        "/organisations/",
    ):
        page.goto(path)
        inert(page)


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared data is not here")
def test_five_hundred_naughty_names_are_names(page: Page, said: list[str], tmp_path: Path) -> None:
    text = (SHARED / "data" / "malformed" / "blns" / "blns.txt").read_text(encoding="utf-8", errors="replace")
    lines = [
        line.replace('"', '""')[:190]
        for line in text.splitlines()
        if line.strip() and not line.startswith("#") and "\0" not in line
    ]
    rows = "\n".join(f'"{line}","Naughty {i % 3}","{i}"' for i, line in enumerate(lines, 1000))
    (tmp_path / "people.csv").write_text("name,team,staff number\n" + rows, encoding="utf-8")
    be(page, "administrator")
    page.goto("/organisations/new/")
    page.get_by_label("Name", exact=True).fill("Naughty Strings Society")
    page.get_by_role("button", name="Set it up").click()
    page.get_by_role("link", name="Bring a list").click()
    page.get_by_label("File").set_input_files(tmp_path / "people.csv")
    page.get_by_role("button", name="Look at it").click()
    inert(page)
    page.get_by_role("button", name=re.compile("Take")).click()
    expect(page.locator("main")).to_contain_text("rows were taken")
    page.get_by_role("link", name="See the people").click()
    seen = 0
    while True:
        inert(page)
        seen += page.locator(".m-runs li").count()
        if not page.get_by_role("link", name="Next").count():
            break
        page.get_by_role("link", name="Next").click()
    assert seen > 400
