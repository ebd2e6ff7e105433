import pytest

from lineage_app.domain.declared import DeclaredParent, declared_parents
from packages_app.domain.manifests import BaseModel


def card(reference: str, relation: str | None = None) -> BaseModel:
    return BaseModel(reference, relation, "README.md: base_model")


def config(reference: str) -> BaseModel:
    return BaseModel(reference, None, "config.json: _name_or_path")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([card("org/base")], [("org/base", "", "finetune")], id="one"),
        pytest.param([card("base")], [("base", "", "finetune")], id="without an organisation"),
        pytest.param([card(" org/base ")], [("org/base", "", "finetune")], id="spaces around"),
        pytest.param([card("org/base@1.2.0")], [("org/base", "1.2.0", "finetune")], id="with a version"),
        pytest.param([card("https://huggingface.co/org/base")], [("org/base", "", "finetune")], id="a Hub address"),
        pytest.param([card("org/base", "quantized")], [("org/base", "", "quantized")], id="relation declared"),
        pytest.param([card("org/base", "cousin")], [("org/base", "", "finetune")], id="relation unknown"),
        pytest.param([card("a/b"), card("c/d")], [("a/b", "", "merge"), ("c/d", "", "merge")], id="two are a merge"),
        pytest.param([card("a/b"), config("a/b")], [("a/b", "", "finetune")], id="declared twice"),
        pytest.param([card("a/b"), config("a/b@2")], [("a/b", "2", "finetune")], id="the one with a version counts"),
        pytest.param([card("")], [], id="empty"),
        pytest.param([card("./checkpoints/last")], [], id="a relative path"),
        pytest.param([card("/home/me/model")], [], id="an absolute path"),
        pytest.param([card("C:\\models\\x")], [], id="a Windows path"),
        pytest.param([card("a/b/c")], [], id="too many segments"),
        pytest.param([card("https://example.org/a/b")], [], id="another address"),
        pytest.param([card("own/name")], [], id="itself"),
        pytest.param([card("own/name@1.0.0")], [("own/name", "1.0.0", "finetune")], id="an earlier version of itself"),
        pytest.param([card("x" * 300)], [], id="too long"),
        pytest.param([card("орг/модель")], [], id="not a name"),
    ],
)
def test_declared_parents_of_references(declared: list[BaseModel], expected: list[tuple[str, str, str]]) -> None:
    parents = declared_parents("own/name", declared, is_adapter=False, is_quantized=False)
    assert [(parent.name, parent.version, parent.relationship) for parent in parents] == expected


@pytest.mark.parametrize(
    ("adapter", "quantized", "references", "relationship"),
    [
        (True, False, ["a/b"], "adapter"),
        (True, True, ["a/b", "c/d"], "adapter"),
        (False, True, ["a/b"], "quantized"),
        (False, True, ["a/b", "c/d"], "merge"),
        (False, False, ["a/b"], "finetune"),
    ],
)
def test_declared_parents_imply_the_relationship(
    *, adapter: bool, quantized: bool, references: list[str], relationship: str
) -> None:
    parents = declared_parents("own", map(config, references), is_adapter=adapter, is_quantized=quantized)
    assert {parent.relationship for parent in parents} == {relationship}


def test_declared_parents_name_their_source() -> None:
    assert declared_parents("own", [config("a/b")], is_adapter=False, is_quantized=False) == (
        DeclaredParent("a/b", "", "finetune", "config.json: _name_or_path"),
    )
