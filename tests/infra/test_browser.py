"""The browser that page tests drive."""

from __future__ import annotations


def test_the_browser_opens_a_page_and_runs_its_script(page):
    page.set_content("<p id=answer></p><script>answer.textContent = 6 * 7</script>")
    assert page.locator("#answer").inner_text() == "42"


def test_each_page_starts_without_the_cookies_of_another(page):
    assert page.context.cookies() == []
