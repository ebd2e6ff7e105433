"""`make screenshots`: a picture of every page, of a registry filled with the demonstration's packages."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from demo.family import PACKAGES, PEOPLE, UPLOADER
from demo.models import base
from tests.browser.admin_pages import PICTURED
from tests.browser.conftest import PASSWORD, Family, enter, publish_guarded
from tests.browser.pages import PAGES, open_page
from tests.browser.test_ingesting import ELSEWHERE, ingest
from tests.factories.archives import card, model_package
from tests.flows.conftest import ADMIN_PASSWORD, ROOT, Client, Registry
from tests.servers.hub import Hub, Repository

PICTURES = ROOT / "docs" / "screenshots"
DEVICES = {"desktop": (1280, 860, "light"), "dark": (1280, 860, "dark"), "phone": (390, 844, "light")}


@pytest.fixture(scope="module")
def demonstration(registry: Registry) -> Family:
    people = {name: _person(registry, name, permissions) for name, permissions in PEOPLE.items()}
    ids = {}
    for package in PACKAGES:
        labels = {"name": package.name, "version": package.version, "description": package.description}
        uploader, archive = people[UPLOADER], package.archive()
        package_id = ids[package.name] = (
            publish_guarded(uploader, archive, package.policy, **labels)
            if package.policy
            else uploader.publish(archive, **labels)
        )
        for who, stars in package.stars.items():
            people[who].put(f"/package/{package_id}/rate", json={"score": stars})
        for who, times in package.downloads.items():
            for _ in range(times):
                people[who].get(f"/package/{package_id}")
    guarded = next(package.name for package in PACKAGES if package.policy)
    return Family("encoder", older="", newer=ids[PACKAGES[0].name], child="", guarded=ids[guarded])


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pictures(
    registry: Registry, browser: Browser, session_cookies: list[Any], demonstration: Family, device: str
) -> None:
    width, height, scheme = DEVICES[device]
    size: Any = {"width": width, "height": height}
    settings: dict[str, Any] = {"base_url": registry.url, "viewport": size, "color_scheme": scheme}
    context = browser.new_context(**settings, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/login")
    page.screenshot(path=_picture(device, "login"))
    context.add_cookies(session_cookies)
    for name in PAGES:
        open_page(page, name, demonstration)
        page.screenshot(path=_picture(device, name), full_page=True)
    for name, address in PICTURED.items():
        page.goto(address.format(newer=demonstration.newer))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=_picture(device, name), full_page=True)
    context.close()


def test_pictures_of_what_happens(ingesting: Registry, hub: Hub, browser: Browser, device: str, tmp_path: Path) -> None:
    """An upload on its way, one to be labelled, ingests that were kept and turned away; a package with waivers."""
    width, height, scheme = DEVICES[device]
    kept, poor = f"aurora/kept-{device}", f"aurora/poor-{device}"
    hub.models[kept] = Repository(dict(base("1.1.0")), tags=("v1.1.0",))
    hub.models[poor] = Repository({"config.json": b"{}", "README.md": card(poor).encode(), "model.bin": b""})
    size: Any = {"width": width, "height": height}
    settings: dict[str, Any] = {"base_url": ingesting.url, "viewport": size, "color_scheme": scheme}
    context = browser.new_context(**settings, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/login?next=/upload")
    enter(page, "admin", ADMIN_PASSWORD)
    page.get_by_role("heading", name="Upload").wait_for()
    for name, end in ((poor, "Rejected"), (kept, "Open")):
        course = ingest(page, name, *ELSEWHERE)
        course.get_by_text(end).first.wait_for(timeout=60_000)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=_picture(device, f"ingest-{end.lower()}"), full_page=True)
    (tmp_path / "whisper-large.zip").write_bytes(device.encode().ljust(20 * 1024 * 1024, b"\0"))
    (tmp_path / "sentence-encoder.zip").write_bytes(model_package("aurora/sentence-encoder", "1.0.0"))
    page.route("**/parts/2?*", lambda _: None)
    page.locator("#file-input").set_input_files(tmp_path / "whisper-large.zip")
    with page.expect_response("**/parts/3?*"):
        page.locator("#upload-btn").click()
    page.locator("#file-input").set_input_files(tmp_path / "sentence-encoder.zip")
    page.get_by_role("switch", name="Sensitive").check()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=_picture(device, "upload-under-way"), full_page=True)
    page.get_by_role("link", name=f"Open {kept}").click()
    page.get_by_text("metrics were waived").click()
    page.get_by_role("tab", name="Scores").click()
    page.get_by_text("waived", exact=True).first.wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=_picture(device, "package-waived"), full_page=True)
    page.get_by_role("button", name="Delete this package").click()
    page.screenshot(path=_picture(device, "package-delete"))
    context.close()


def _picture(device: str, name: str) -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / f"{device}-{name}.png"


def _person(registry: Registry, name: str, permissions: tuple[str, ...]) -> Client:
    body = {"username": name, "password": PASSWORD, "permissions": list(permissions)}
    assert registry.admin.post("/user/register", json=body).status_code == 201
    return registry.sign_in(name, PASSWORD)
