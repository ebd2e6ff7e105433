import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from packages_app.sandbox import engines
from packages_app.sandbox.engines import EngineUnavailable, prepared_engine
from packages_app.sandbox.host import evaluate, prepare
from packages_app.sandbox.settings import SandboxSettings
from tests.packages_app.sandbox.policies import request, returning

APPROVING = request(returning("{approved: true}"))


@pytest.fixture(autouse=True)
def afresh() -> None:
    prepared_engine.cache_clear()


def test_an_engine_is_compiled_once(settings: SandboxSettings, cache_dir: Path) -> None:
    prepare(settings)
    written = {path: path.stat().st_mtime_ns for path in cache_dir.rglob("*")}
    prepared_engine.cache_clear()
    prepare(settings)
    assert {path: path.stat().st_mtime_ns for path in cache_dir.rglob("*")} == written
    assert len(list(cache_dir.iterdir())) == 1


def test_many_who_need_it_at_once_compile_it_once(
    tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, done = prepared_engine(cache_dir).native.parent, []

    def compile_slowly(_wasm: Path, _library: Path, kept: Path) -> None:
        done.append(kept)
        time.sleep(0.1)
        shutil.copytree(compiled, kept)

    monkeypatch.setattr(engines, "_compile", compile_slowly)
    with ThreadPoolExecutor(4) as pool:
        engine, *_ = pool.map(prepared_engine, [tmp_path / "cache"] * 4)
    assert done == [engine.native.parent]


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o702])
def test_a_cache_that_others_can_enter_is_refused(mode: int, tmp_path: Path, settings: SandboxSettings) -> None:
    shared = tmp_path / "cache"
    shared.mkdir()
    shared.chmod(mode)
    private = replace(settings, cache_dir=shared)
    with pytest.raises(EngineUnavailable, match="mode 0700"):
        prepare(private)
    verdict = evaluate(APPROVING, private)
    assert verdict.code == "sandbox_error"
    assert verdict.reason == "Policies can't be run on this server; tell an administrator."


def test_a_linked_cache_is_refused(tmp_path: Path, settings: SandboxSettings) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "cache")
    assert evaluate(APPROVING, replace(settings, cache_dir=tmp_path / "link")).code == "sandbox_error"


def test_native_code_that_was_changed_is_not_run(settings: SandboxSettings, cache_dir: Path) -> None:
    engine = prepared_engine(cache_dir)
    native = engine.native.read_bytes()
    try:
        engine.native.write_bytes(native[:-1] + bytes([native[-1] ^ 1]))
        assert evaluate(APPROVING, replace(settings, warm=False)).code == "sandbox_error"
    finally:
        engine.native.write_bytes(native)
    assert evaluate(APPROVING, replace(settings, warm=False)).code == "approved"


def test_another_guest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = tmp_path / "guest"
    guest.mkdir()
    described = json.loads((Path(engines.__file__).parent / "guest" / "guest.json").read_text())
    (guest / "guest.json").write_text(json.dumps(described))
    (guest / described["file"]).write_bytes(b"\0asm\1\0\0\0")
    monkeypatch.setattr(engines, "_HERE", tmp_path)
    with pytest.raises(EngineUnavailable, match=r"is not quickjs-wasi 3\.6\.2; restore it"):
        prepared_engine(tmp_path / "cache")


def test_a_missing_library_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="wasmtime is not installed"):
        prepared_engine(tmp_path / "cache")


def test_a_cache_that_was_emptied_is_filled_again(
    tmp_path: Path, settings: SandboxSettings, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = prepared_engine(cache_dir).native.parent
    monkeypatch.setattr(engines, "_compile", lambda _wasm, _library, kept: shutil.copytree(compiled, kept))
    elsewhere = replace(settings, cache_dir=tmp_path / "cache", warm=False)
    assert evaluate(APPROVING, elsewhere).code == "approved"
    shutil.rmtree(elsewhere.cache_dir)
    assert evaluate(APPROVING, elsewhere).code == "approved"
