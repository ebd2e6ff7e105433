"""`python -m demo` against a registry on loopback."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.__main__ import main
from demo.family import FAMILY, PACKAGES, PEOPLE
from tests.demo.standin import Shelf, serving

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shelf]:
    with serving() as (url, shelf):
        monkeypatch.setenv("REGISTRY_URL", url)
        monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "correct horse")
        monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
        yield shelf


def test_a_run_brings_everything(shelf: Shelf, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    held = [(one["name"], one["version"], shelf.archives[one["id"]]) for one in shelf.packages.values()]
    assert held == list(FAMILY)
    assert lines[: len(PEOPLE)] == [f"registered {one}, password {shelf.users[one]}" for one in PEOPLE]
    assert lines[len(PEOPLE)].split() == [PACKAGES[0].name, PACKAGES[0].version, "published,", "net", "score", "0.50"]
    refused = [line for line in lines if line.endswith(", 1 download refused")]
    assert [line.split()[0] for line in refused] == ["aurora/sentence-encoder-clinical"]
    assert len(lines) == len(PEOPLE) + len(PACKAGES) + 1
    assert len(shelf.ratings) == sum(len(package.stars) for package in PACKAGES)
    assert len(shelf.downloads) == sum(sum(package.downloads.values()) for package in PACKAGES) - 1
    assert shelf.tokens == set()
    assert stat.S_IMODE((tmp_path / "demo_passwords").stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    capsys.readouterr()
    before = (len(shelf.packages), len(shelf.ratings), len(shelf.downloads), dict(shelf.users))
    assert main([]) == 0
    assert (len(shelf.packages), len(shelf.ratings), len(shelf.downloads), shelf.users) == before
    outcomes = [line.split("  ")[-1].strip() for line in capsys.readouterr().out.splitlines()]
    assert outcomes[:-1] == ["already there"] * len(PACKAGES)


def test_people_whose_passwords_are_lost_are_left_out(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.users |= dict.fromkeys(PEOPLE, "something else")
    assert main([]) == 0
    assert (len(shelf.packages), shelf.ratings, shelf.downloads) == (len(PACKAGES), [], [])
    lines = capsys.readouterr().out.splitlines()
    left_out = "is registered already with a password unknown here; its part is left out"
    assert lines[: len(PEOPLE)] == [f"{one} {left_out}" for one in PEOPLE]


def test_a_package_that_fails_does_not_stop_the_others(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.rejected["chart-sketch"] = "No."
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].strip() for line in lines if line.startswith("chart-sketch")] == ["failed: No."]
    assert (len(shelf.packages), lines[-1]) == (len(PACKAGES), "1 of the packages failed.")


def test_a_busy_registry_is_asked_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.client.time.sleep", lambda _: None)
    shelf.busy = 3
    assert main([]) == 0


def test_wrong_credentials_are_one_line(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "wrong")
    assert main([]) == 1
    expected = "admin can't sign in with the password from REGISTRY_ADMIN_PASSWORD: Wrong name or password.\n"
    assert capsys.readouterr() == ("", expected)


def test_no_password_is_one_line(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("REGISTRY_ADMIN_PASSWORD")
    assert main([]) == 1
    expected = (
        "There is no password for admin: set REGISTRY_ADMIN_PASSWORD, or REGISTRY_DATA_DIR to the registry's data "
        f"directory ({tmp_path}/admin_password can't be read).\n"
    )
    assert capsys.readouterr() == ("", expected)


def test_the_kept_password_serves(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REGISTRY_ADMIN_PASSWORD")
    (tmp_path / "admin_password").write_text("correct horse\n")
    assert main([]) == 0


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (
            "http://127.0.0.1:1",
            f"No registry answers at http://127.0.0.1:1 ({REFUSED}); start one with `make run`.\n",
        ),
        ("registry", "'registry' is no address of a registry; write one such as http://127.0.0.1:8000.\n"),
    ],
)
def test_no_registry_is_one_line(
    url: str, error: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "x")
    assert main(["--url", url]) == 1
    assert capsys.readouterr() == ("", error)
