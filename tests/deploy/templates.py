"""The CloudFormation templates as data: an intrinsic function is a dictionary of one, as in CloudFormation's own JSON."""

import json
import string
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

STACKS = Path(__file__).resolve().parents[2] / "deploy" / "stacks"
NAMES = sorted(path.stem for path in STACKS.glob("*.yaml"))
#: Deployed one after the other; each may use what those before it export. zappa's function comes before the gateway.
ORDER = [
    "delivery",
    "network",
    "storage",
    "queue",
    "secrets",
    "database",
    "pooler",
    "sandbox",
    "api",
    "workers",
    "gateway",
    "pages",
    "watching",
]


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((STACKS / f"{name}.yaml").read_text(), Loader=_Loader)
    return loaded


def properties(stack: str, resource: str) -> dict[str, Any]:
    found: dict[str, Any] = template(stack)["Resources"][resource].get("Properties", {})
    return found


def of_type(kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every resource of a type in any stack, as (stack, resource's name, its whole description)."""
    return [
        (stack, name, resource)
        for stack in NAMES
        for name, resource in template(stack)["Resources"].items()
        if resource["Type"] == kind
    ]


def values(tree: Any, key: str) -> list[Any]:
    """Every value under `key`, anywhere in the tree."""
    if isinstance(tree, list):
        return [found for branch in tree for found in values(branch, key)]
    if not isinstance(tree, dict):
        return []
    here = [tree[key]] if key in tree else []
    return here + [found for branch in tree.values() for found in values(branch, key)]


def every(kind: str) -> list[Any]:
    """Each resource of a type, as a parameter with its name."""
    return [pytest.param(stack, resource, id=f"{stack}.{name}") for stack, name, resource in of_type(kind)]


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def imported(value: dict[str, Any]) -> str:
    """What an import is called by whoever exports it, without the stage."""
    name: str = value["Fn::ImportValue"]["Fn::Sub"]
    return name.removeprefix("registry-${Stage}-")


def made_secret(name: str) -> dict[str, str]:
    """What the secret of the stack `secrets` would hold: as its template says, with letters of ours."""
    rule = properties("secrets", name)["GenerateSecretString"]
    letters = (string.ascii_letters * 2)[: rule["PasswordLength"]]
    held: dict[str, str] = json.loads(rule["SecretStringTemplate"]) | {rule["GenerateStringKey"]: letters}
    return held
