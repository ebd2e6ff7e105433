import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry_project.stack.data_directory import hold, kept_secret
from registry_project.stack.errors import StackError


def test_directory_is_made_and_held_until_let_go(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "var"
    hold(data_dir).close()
    hold(data_dir).close()
    assert [path.name for path in data_dir.iterdir()] == ["lock"]


def test_second_registry_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    holding = (
        "import sys, pathlib; from registry_project.stack.data_directory import hold;"
        "lock = hold(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holding, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(StackError) as refusal:
            hold(tmp_path)
        first.communicate()
    assert str(refusal.value) == f"Another registry, process {first.pid}, is running on {tmp_path}; stop it first."
    hold(tmp_path).close()


def test_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(StackError) as refusal:
        hold(in_the_way / "var")
    assert str(refusal.value) == f"REGISTRY_DATA_DIR {in_the_way / 'var'} can't be written to: Not a directory."


def test_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "admin_password"
    made = kept_secret(path, 12)
    assert kept_secret(path, 12) == made
    assert len(made) == 16
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_secret_that_a_full_disk_left_empty_is_made(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.touch()
    assert len(kept_secret(path, 50)) == 67


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = set(pool.map(lambda _: kept_secret(tmp_path / "secret_key", 50), range(64)))
    assert len(told) == 1


def test_secret_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("given\n")
    path.chmod(0o400)
    assert kept_secret(path, 50) == "given"
