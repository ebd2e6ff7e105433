"""The dashboard: what the last hour brought, as bars with words for them."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Family


def test_the_last_hour_shows_what_was_asked(sign_in: Callable[..., Page], family: Family) -> None:
    page = sign_in()
    card = page.get_by_role("region", name="Last hour")
    expect(card.get_by_role("img")).to_have_accessible_name(
        re.compile(
            r"^Requests minute by minute: [\d,]+ in \d+ minutes?, at most [\d,]+ in one; (none|[\d,]+) failed\.$"
        )
    )
    for quantile in ("p50", "p95", "p99"):
        expect(card.locator("dl > div", has_text=quantile).locator("dd")).to_have_text(re.compile(r"^[\d.]+ m?s$"))
