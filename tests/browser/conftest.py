"""A real browser in front of a real registry: Debian's chromium, driven by Playwright."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.factories.archives import model_package
from tests.flows.conftest import ADMIN_PASSWORD, ROOT, Client, Registry, start_registry, stop_registry

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_MISSING = (
    "The browser tests need chromium: apt-get install chromium chromium-driver, or set BROWSER to a Chrome's path."
)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
PASSWORD = "a long enough passphrase"
SECONDS = 15
expect.set_options(timeout=SECONDS * 1000)


@dataclass(frozen=True)
class Family:
    """Ids of published packages: a model with two versions, one that derives from it, and one that a policy guards."""

    name: str
    older: str
    newer: str
    child: str
    guarded: str


@pytest.fixture(scope="session")
def browser_path() -> str:
    found = os.environ.get("BROWSER") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert found, _MISSING
    return found


# While Playwright runs, its event loop has the thread, and Django would keep other database connections than before; so
# it runs for this folder alone and not, as its pytest plugin has it, until the last test of all.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_path: str) -> Browser:
    return playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)


@pytest.fixture
def context(registry: Registry, browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=registry.url, viewport={"width": 1280, "height": 800})
    # Two cores shared with a registry and other tests are slow at times.
    context.set_default_timeout(SECONDS * 1000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def family(registry: Registry) -> Family:
    admin, name = registry.admin, f"browser/model-{uuid4().hex[:8]}"
    older = admin.publish(model_package(name, "1.0.0", words="Draws marmots."), description="Draws marmots.")
    newer = admin.publish(model_package(name, "1.1.0", words=CARD), description="Draws marmots, better.")
    child = admin.publish(model_package(f"{name}-tuned", "1.0.0", base_model=name))
    guarded = publish_guarded(admin, model_package(name.replace("model", "guarded"), "1.0.0"), POLICY)
    return Family(name, older, newer, child, guarded)


POLICY = b"""function validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH) {
  return { approved: DOWNLOADER === "nobody", reason: "Only nobody may." };
}
"""


def publish_guarded(client: Client, package: bytes, policy: bytes, **labels: str) -> str:
    """Upload a package with its policy and wait; the id of the published package."""
    files = {"file": ("package.zip", package, "application/zip"), "js_policy": ("policy.js", policy, "text/javascript")}
    answer = client.post("/package", files=files, data=labels)
    assert answer.status_code == 200, answer.text
    assert client.job(answer.json()["job_id"])["status"] == "succeeded"
    return str(answer.json()["package_id"])


CARD = """
A card with [a link](https://example.org/), [a trap](javascript:alert(1)) and ![a picture](https://example.org/a.png).

<script>window.attacked = true</script><img src="x" onerror="window.attacked = true"><b onclick="x">bold</b>

| a | b |
| --- | --- |
| 1 | 2 |
"""


@pytest.fixture
def sign_in(registry: Registry, page: Page) -> Callable[..., Page]:
    """Signs a browser in by the form, as a new user with these permissions, or as the administrator for none."""

    def signed_in(*permissions: str) -> Page:
        username, password = ("admin", ADMIN_PASSWORD)
        if permissions:
            username, password = new_user(registry.admin, *permissions), PASSWORD
        page.goto("/login")
        enter(page, username, password)
        page.wait_for_url("**/dashboard")
        return page

    return signed_in


def new_user(admin: Client, *permissions: str) -> str:
    """The name of a new user whose password is PASSWORD."""
    username = f"user-{uuid4().hex[:12]}"
    body = {"username": username, "password": PASSWORD, "permissions": list(permissions)}
    assert admin.post("/user/register", json=body).status_code == 201
    return username


def enter(page: Page, username: str, password: str) -> None:
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("#login-btn").click()


@pytest.fixture(scope="package")
def session_cookies(registry: Registry, browser: Browser) -> list[Any]:
    """An administrator's session, for tests that are about something else than signing in."""
    return cookies_of_administrator(registry, browser)


@pytest.fixture(scope="package")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry of the admin site's tests' own, with something in every list."""
    running = start_registry(tmp_path_factory.mktemp("console"), REGISTRY_CALLS_PER_SECOND="0")
    environment = os.environ | {"REGISTRY_DATA_DIR": str(running.data_dir), "DATABASE_URL": "", "SECRET_KEY": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "registry_project.settings"
    subprocess.run([sys.executable, "-m", "tests.browser.furnishing"], cwd=ROOT, env=environment, check=True)
    yield running
    stop_registry(running)


@pytest.fixture(scope="package")
def console_cookies(console: Registry, browser: Browser) -> list[Any]:
    return cookies_of_administrator(console, browser)


def cookies_of_administrator(registry: Registry, browser: Browser) -> list[Any]:
    context = browser.new_context(base_url=registry.url)
    page = context.new_page()
    page.goto("/login")
    enter(page, "admin", ADMIN_PASSWORD)
    page.wait_for_url("**/dashboard")
    cookies = context.cookies()
    context.close()
    return list(cookies)


@pytest.fixture
def admin_page(context: BrowserContext, session_cookies: list[Any]) -> Page:
    context.add_cookies(session_cookies)
    return context.new_page()
