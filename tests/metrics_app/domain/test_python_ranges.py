import pytest

from metrics_app.domain.python_ranges import from_poetry, within_one_minor


@pytest.mark.parametrize(
    ("specifiers", "pinned"),
    [
        ("", False),
        ("==1.2.3", True),
        ("===1.2.3", True),
        ("===abc", True),
        ("===1.0-odd,>=1", True),
        ("==1.2.*", True),
        ("==1.*", False),
        ("==1.2", True),
        ("~=1.2.3", True),
        ("~=1.2", False),
        ("~=1.2.3.4", True),
        (">=1.2", False),
        (">1.2.3", False),
        ("<1.3", False),
        ("<0.1", True),
        ("<=0.0.9", True),
        ("<1", False),
        ("<0.1,!=0.0.2", True),
        ("!=1.2.3", False),
        (">=1.2,<1.3", True),
        (">=1.2.5,<1.3", True),
        (">=1.2,<1.3.0", True),
        (">=1.2,<1.3rc1", False),
        (">=1.2,<1.3.dev0", True),
        (">=1.2,<1.4", False),
        (">=1.2,<2", False),
        (">=1.2,<=1.2.9", True),
        (">=1.2,<=1.3", False),
        (">1.2.3,<1.2.9", True),
        ("~=1.2,<1.3", True),
        (">=1.2,<1.3,!=1.2.5", True),
        (">=2!1.2,<2!1.3", True),
        (">=1.2.0rc1,<1.2.1", True),
        ("== 1.2.3", True),
    ],
)
def test_within_one_minor(specifiers: str, pinned: bool) -> None:
    assert within_one_minor(specifiers) is pinned


@pytest.mark.parametrize("specifiers", ["latest", "^1.2", "1.2.3", "=="])
def test_within_one_minor_refuses_what_is_no_specifier(specifiers: str) -> None:
    with pytest.raises(ValueError, match="no version specifier"):
        within_one_minor(specifiers)


@pytest.mark.parametrize(
    ("constraint", "specifiers"),
    [
        ("*", ""),
        ("", ""),
        ("1.2.3", "==1.2.3"),
        ("1.2.*", "==1.2.*"),
        ("=1.2.3", "==1.2.3"),
        ("==1.2.3", "==1.2.3"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2.3", "~=1.2.3"),
        (">=1.2, <1.3", ">=1.2,<1.3"),
    ],
)
def test_from_poetry(constraint: str, specifiers: str) -> None:
    assert from_poetry(constraint) == specifiers


def test_from_poetry_refuses_what_is_no_constraint() -> None:
    with pytest.raises(ValueError, match="no version constraint"):
        from_poetry("^latest")
