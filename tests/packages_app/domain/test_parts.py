import pytest

from packages_app.domain.parts import MIB, InvalidParts, PartRange, cut, usual_part_bytes


@pytest.mark.parametrize(
    ("size", "part_bytes"),
    [
        (1, 16 * MIB),
        (8192 * MIB, 16 * MIB),
        (8192 * MIB + 1, 17 * MIB),
        (20_000_000_000, 38 * MIB),
        (50 * 1024 * MIB, 100 * MIB),
    ],
)
def test_parts_are_few_enough_to_list(size: int, part_bytes: int) -> None:
    assert usual_part_bytes(size) == part_bytes
    assert len(cut(size, part_bytes)) <= 512


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (1, [(1, 0, 1)]),
        (5 * MIB, [(1, 0, 5 * MIB)]),
        (5 * MIB + 1, [(1, 0, 5 * MIB), (2, 5 * MIB, 1)]),
        (10 * MIB, [(1, 0, 5 * MIB), (2, 5 * MIB, 5 * MIB)]),
    ],
)
def test_parts_cover_the_file_once(size: int, parts: list[tuple[int, int, int]]) -> None:
    assert cut(size, 5 * MIB) == [PartRange(*part) for part in parts]


@pytest.mark.parametrize(
    ("size", "part_bytes", "said"),
    [
        (0, 16 * MIB, "An empty file"),
        (1, 5 * MIB - 1, "Parts have from"),
        (1, 5 * 1024 * MIB + 1, "Parts have from"),
        (5001 * MIB, 5 * MIB, "Parts of 5,242,880 bytes are too small"),
    ],
)
def test_sizes_that_do_not_go_together_are_refused(size: int, part_bytes: int, said: str) -> None:
    with pytest.raises(InvalidParts, match=said):
        cut(size, part_bytes)
