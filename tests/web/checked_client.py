"""A test client that holds every page to what all pages promise, whatever the test was about."""

from __future__ import annotations

import gzip
import itertools
from typing import Any

import lxml.html
from django.http import HttpResponse
from django.test import Client


class CheckedClient(Client):
    """Raises AssertionError, naming the page, where one breaks a promise."""

    def request(self, **request: Any) -> HttpResponse:
        response: HttpResponse = super().request(**request)
        if (
            response.get("Content-Type", "").startswith("text/html")
            and response.status_code not in (301, 302, 304)
            and response.content
        ):
            hold_to_promises(response, request.get("PATH_INFO", ""))
        return response


def hold_to_promises(response: HttpResponse, path: str) -> None:
    packed = response.get("Content-Encoding") == "gzip"
    page = lxml.html.fromstring((gzip.decompress(response.content) if packed else response.content).decode())
    policy = response.get("Content-Security-Policy", "")
    where = f"{path}: "
    assert "default-src 'none'" in policy, where + "strict content security policy"
    assert "unsafe" not in policy, where + "no unsafe source"
    assert response.get("X-Reference"), where + "a reference to quote"
    title = page.findtext(".//title")
    assert title, where + "a title"
    assert title.endswith(" – Moothall"), where + "a title that names the site"
    assert len(title) > len(" – Moothall"), where + "a title that says what the page is"
    assert len(page.findall(".//h1")) == 1, where + "one main heading"
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4")]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), (
        where + f"no heading level left out: {levels}"
    )
    assert page.get("lang"), where + "a language"
    assert page.findall(".//main[@id='main-content']"), where + "the target of the skip link"
    for script in page.iter("script"):
        data = script.get("type") == "application/ld+json"  # read by machines, run by none
        assert data or (script.get("src") and not (script.text or "").strip()), where + "no script in the page itself"
    assert not page.xpath("//*[@style] | //style | //@*[starts-with(name(), 'on')]"), (
        where + "no inline style or handler"
    )
    for form in page.iter("form"):
        if (form.get("method") or "get").lower() == "post":
            assert form.xpath(".//input[@name='csrfmiddlewaretoken']"), (
                where + "a CSRF token in every form that changes something"
            )
    ids = [element.get("id") for element in page.xpath("//*[@id]")]
    assert len(ids) == len(set(ids)), where + "no id twice"
    for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert control.get("aria-label") or page.xpath(f"//label[@for='{control.get('id')}']"), (
            where + "a label on every control"
        )
    for link in page.iter("a"):
        assert (link.text_content() or "").strip() or link.get("aria-label"), where + "words in every link"
    for address in page.xpath("//*[not(self::a)]/@href | //@src"):
        assert not address.startswith(("http:", "https:", "//")), where + f"nothing from elsewhere: {address}"
