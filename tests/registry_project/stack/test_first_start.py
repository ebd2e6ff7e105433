from pathlib import Path

import pytest

from accounts_app.models import User
from registry_project.stack.errors import StackError
from registry_project.stack.first_start import first_administrator, migrate

pytestmark = pytest.mark.django_db


def test_tables_that_are_up_to_date_are_left_alone() -> None:
    said: list[str] = []
    migrate(said.append)
    assert said == []


def test_password_is_shown_once_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "admin_password"
    first = first_administrator("chief", "", tmp_path)
    assert first == f"sign in as chief with the password {kept.read_text()} (kept in {kept})"
    assert User.objects.get(username="chief").check_password(kept.read_text())
    assert first_administrator("chief", "", tmp_path) == f"sign in as chief; the password is in {kept}"


def test_password_that_was_given_is_neither_shown_nor_kept(tmp_path: Path) -> None:
    given = "given by me"
    assert (
        first_administrator("chief", given, tmp_path)
        == "sign in as chief with the password from REGISTRY_ADMIN_PASSWORD"
    )
    assert User.objects.get(username="chief").check_password(given)
    assert first_administrator("chief", given, tmp_path) == "sign in as chief"
    assert first_administrator("chief", "", tmp_path) == "sign in as chief"
    assert list(tmp_path.iterdir()) == []


def test_password_without_a_directory_is_shown_and_not_kept() -> None:
    said = first_administrator("chief", "", None)
    password = said.removeprefix("sign in as chief with the password ")
    assert User.objects.get(username="chief").check_password(password)
    assert first_administrator("chief", "", None) == "sign in as chief"


def test_name_that_will_not_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError) as refusal:
        first_administrator("no spaces, please", "given by me", tmp_path)
    assert str(refusal.value).startswith("REGISTRY_ADMIN_USERNAME 'no spaces, please' won't do: ")
