from packages_app.domain.names import check_name
from packages_app.popular_names import popular_names


def test_popular_names_are_names_of_both_worlds() -> None:
    assert [check_name(name) for name in popular_names()] == list(popular_names())
    assert {"google-bert/bert-base-uncased", "react", "@types/node"} <= popular_names()
    assert len(popular_names()) > 1_400
