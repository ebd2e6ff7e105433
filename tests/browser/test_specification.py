"""The specification's own Selenium sketch, kept as it is but for its address, user, file and patience."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.browser.conftest import SECONDS
from tests.factories.archives import model_package
from tests.flows.conftest import ADMIN_PASSWORD, Registry


@pytest.fixture
def driver(browser_path: str, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = browser_path
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path}/chrome"):
        options.add_argument(argument)
    started = webdriver.Chrome(options)
    started.implicitly_wait(SECONDS)
    yield started
    started.quit()


def test_upload_via_ui(registry: Registry, driver: webdriver.Chrome, tmp_path: Path, name: str) -> None:
    (tmp_path / "test.zip").write_bytes(model_package(name, "1.0.0"))
    driver.get(registry.url)

    # Login
    driver.find_element(By.ID, "username").send_keys("admin")
    driver.find_element(By.ID, "password").send_keys(ADMIN_PASSWORD)
    driver.find_element(By.ID, "login-btn").click()

    # Navigate to upload
    driver.find_element(By.LINK_TEXT, "Upload").click()

    # Upload file
    driver.find_element(By.ID, "file-input").send_keys(str(tmp_path / "test.zip"))
    driver.find_element(By.ID, "upload-btn").click()

    # Verify success message
    success_msg = driver.find_element(By.CLASS_NAME, "success-message")
    assert "Upload successful" in success_msg.text
