"""Bytes in words, at the edges of each unit."""

import pytest

from packages_app.domain.sizes import in_words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (1_500_000, "1.5 MB"),
        (2e9, "2.0 GB"),
        (5e13, "50.0 TB"),
    ],
)
def test_bytes_are_told_as_people_read_them(count: float, words: str) -> None:
    assert in_words(count) == words
