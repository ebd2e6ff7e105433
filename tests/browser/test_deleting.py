"""Deleting a package by browser: asked about, said afterwards, and for administrators only."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Family
from tests.browser.test_accessibility import violations
from tests.factories.archives import model_package
from tests.flows.conftest import Registry


@pytest.fixture
def package_id(registry: Registry, name: str) -> str:
    return registry.admin.publish(model_package(name, "1.0.0"))


def test_an_administrator_deletes_a_package(
    registry: Registry, admin_page: Page, family: Family, package_id: str, name: str
) -> None:
    page = admin_page
    page.goto(f"/search?q={name}")
    page.get_by_role("table", name="Packages found").get_by_role("link", name=name).click()
    page.get_by_role("button", name="Delete this package").click()
    dialog = page.get_by_role("dialog", name=f"Delete {name} 1.0.0?")
    expect(dialog).to_contain_text("Its 4 files, scores, ratings and history go with it")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_have_count(0)
    assert registry.admin.get(f"/package/{package_id}/metadata").status_code == 200

    page.get_by_role("button", name="Delete this package").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/search$"))
    notice = page.get_by_role("status").filter(has_text=f"{name} 1.0.0 was deleted.")
    expect(notice).to_be_visible()
    expect(page.get_by_role("table", name="Packages found")).to_be_visible()
    expect(page.get_by_role("link", name=family.name, exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    assert violations(page) == []
    assert registry.admin.get(f"/package/{package_id}/metadata").status_code == 404
    page.reload()
    expect(page.get_by_role("table", name="Packages found")).to_be_visible()
    expect(notice).to_have_count(0)
    page.goto(f"/package/{package_id}")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()


def test_what_was_deleted_meanwhile_is_said(registry: Registry, admin_page: Page, package_id: str) -> None:
    admin_page.goto(f"/package/{package_id}")
    admin_page.get_by_role("button", name="Delete this package").click()
    assert registry.admin.delete(f"/package/{package_id}").status_code == 200
    admin_page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(admin_page.get_by_role("dialog").get_by_role("alert")).to_contain_text("There is no such package.")


def test_nobody_else_is_offered_it(sign_in: Callable[..., Page], family: Family) -> None:
    page = sign_in("upload", "download", "search")
    page.goto(f"/package/{family.newer}")
    expect(page.get_by_role("button", name=re.compile("^Download"))).to_be_visible()
    expect(page.get_by_role("button", name="Delete this package")).to_have_count(0)
