from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from metrics_app.collectors.whole_file import write_whole


def test_many_writers_at_once_leave_one_whole_text(tmp_path: Path) -> None:
    path, texts = tmp_path / "note", [str(number) * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for writing in [pool.submit(write_whole, path, text) for text in texts * 20]:
            writing.result()
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]
